/** What events of a node are about. They name the node where others have a uid. */
export const nodeReference = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } })
