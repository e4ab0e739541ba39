import type { Docs } from '../docs.ts'

const template = 'What the pods are made from.'
const selector = "The labels of its pods; the template's labels must match. Cannot be changed."
const replicas = 'How many pods; 1 when absent.'
const minReadySeconds = 'Seconds a new pod must be ready before it counts as available.'
const revisionHistoryLimit = 'How many old revisions are kept to go back to.'

export const workloadDocs: Docs = {
  'core.v1.PodTemplateSpec': { '': 'What pods are made from.', metadata: 'Labels and annotations of the pods.' },
  'core.v1.ReplicationController': { '': 'Keeps a number of pods running; ReplicaSet and Deployment came after it.' },
  'core.v1.ReplicationControllerSpec': {
    '': 'How many of which pods.',
    replicas,
    selector: "The labels of its pods; the template's when absent.",
    template,
    minReadySeconds,
  },
  'apps.v1.Deployment': { '': 'Keeps pods running, and replaces them step by step when their template changes.' },
  'apps.v1.DeploymentSpec': {
    '': 'How many of which pods, and how they are replaced.',
    replicas,
    selector,
    template,
    strategy: 'How old pods are replaced by new ones.',
    minReadySeconds,
    revisionHistoryLimit,
    paused: 'True: changes of the template wait.',
    progressDeadlineSeconds: 'Seconds without progress after which a rollout counts as failed.',
  },
  'apps.v1.DeploymentStrategy': {
    '': 'How old pods are replaced by new ones.',
    type: 'RollingUpdate, or Recreate: all old ones go before new ones come.',
    rollingUpdate: 'The pace of a rolling update.',
  },
  'apps.v1.RollingUpdateDeployment': {
    '': 'The pace of a rolling update, in pods or percent.',
    maxSurge: 'How many pods more than wanted there may be; percentages round up.',
    maxUnavailable: 'How many of the wanted pods may be missing; percentages round down.',
  },
  'apps.v1.ReplicaSet': { '': 'Keeps a number of equal pods running.' },
  'apps.v1.ReplicaSetSpec': { '': 'How many of which pods.', replicas, selector, template, minReadySeconds },
  'apps.v1.StatefulSet': { '': 'Keeps pods running that each have a name and storage of their own.' },
  'apps.v1.StatefulSetSpec': {
    '': 'How many of which pods, with which storage.',
    replicas,
    selector,
    template,
    serviceName: "The headless service of the pods' names. Cannot be changed.",
    volumeClaimTemplates: 'What the claims of each pod are made from. Cannot be changed.',
    podManagementPolicy: 'OrderedReady: one after the other. Parallel: all at once.',
    updateStrategy: 'How pods are replaced when the template changes.',
    ordinals: 'How the pods are numbered.',
    persistentVolumeClaimRetentionPolicy: 'What becomes of claims when pods, or the set, go.',
    minReadySeconds,
    revisionHistoryLimit,
  },
  'apps.v1.DaemonSet': { '': 'Runs one pod on every node, or on every node of a kind.' },
  'apps.v1.DaemonSetSpec': {
    '': 'Which pod on each node.',
    selector,
    template,
    updateStrategy: 'How pods are replaced when the template changes.',
    minReadySeconds,
    revisionHistoryLimit,
  },
  'batch.v1.Job': { '': 'Runs pods until enough of them have succeeded.' },
  'batch.v1.JobSpec': {
    '': 'Which pods, and how many have to succeed.',
    template,
    completions: 'So many pods have to succeed.',
    parallelism: 'At most so many run at a time.',
    backoffLimit: 'So many failures before the job counts as failed.',
    activeDeadlineSeconds: 'Seconds after which the job is ended.',
    ttlSecondsAfterFinished: 'Seconds after its end that the job is deleted.',
    suspend: 'True: no pods run.',
    completionMode: 'NonIndexed, or Indexed: each pod has a number.',
  },
  'batch.v1.CronJob': { '': 'Makes jobs at given times.' },
  'batch.v1.CronJobSpec': {
    '': 'When, and which jobs.',
    schedule: 'When: minute, hour, day of month, month, day of week.',
    timeZone: "The time zone of the schedule; the controller's when absent.",
    jobTemplate: 'What the jobs are made from.',
    concurrencyPolicy: 'When the last job still runs: Allow another, Forbid it, or Replace the old one.',
    startingDeadlineSeconds: 'A job that is later than this is left out.',
    suspend: 'True: no new jobs.',
    successfulJobsHistoryLimit: 'How many succeeded jobs are kept.',
    failedJobsHistoryLimit: 'How many failed jobs are kept.',
  },
  'networking.v1.Ingress': { '': 'Leads HTTP requests from outside to services, by host and path.' },
  'networking.v1.NetworkPolicy': { '': 'Says who may talk to which pods.' },
}
