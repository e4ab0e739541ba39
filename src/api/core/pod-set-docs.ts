/** Descriptions of the fields common to all kinds that keep a set of pods. */
export const podSetDocs = {
  template: 'What the pods are made from.',
  selector: "The labels of its pods; the template's labels must match. Cannot be changed.",
  replicas: 'How many pods; 1 when absent.',
  minReadySeconds: 'Seconds a new pod must be ready before it counts as available.',
  revisionHistoryLimit: 'How many old revisions are kept to go back to.',
  updateStrategy: 'How pods are replaced when the template changes.',
}
