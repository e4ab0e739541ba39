/** A Database, and the objects that it is made of. */
import type { KubernetesObject, V1CronJob, V1Deployment, V1Job, V1PodTemplateSpec } from '@kubernetes/client-node'

export interface Database extends KubernetesObject {
  spec: { image: string; replicas: number; backupSchedule: string }
  status?: DatabaseStatus
}
export type DatabaseStatus = {
  phase: 'Starting' | 'Ready'
  readyReplicas: number
  lastBackup?: string
  backupOverdue: boolean
}

function metadataOf({ metadata }: Database, name = metadata?.name) {
  const owner = { apiVersion: 'example.com/v1', kind: 'Database', name: metadata?.name ?? '', uid: metadata?.uid ?? '' }
  return { name, labels: { database: metadata?.name ?? '' }, ownerReferences: [{ ...owner, controller: true }] }
}
export function deploymentOf(database: Database): V1Deployment {
  const labels = { app: database.metadata?.name ?? '' }
  const { replicas, image } = database.spec
  const template = { metadata: { labels }, spec: { containers: [{ name: 'database', image }] } }
  return { metadata: metadataOf(database), spec: { replicas, selector: { matchLabels: labels }, template } }
}
const backupPod: V1PodTemplateSpec = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'backup', image: 'backup:1' }] },
}
export function cronJobOf(database: Database): V1CronJob {
  const { labels, ...metadata } = metadataOf(database)
  const spec = { template: backupPod, ttlSecondsAfterFinished: 120, backoffLimit: 0 }
  const { backupSchedule: schedule } = database.spec
  return { metadata, spec: { schedule, jobTemplate: { metadata: { labels }, spec } } }
}
export const lastBackupOf = (database: Database): V1Job => ({
  metadata: metadataOf(database, `${database.metadata?.name}-last-backup`),
  spec: { template: backupPod },
})
