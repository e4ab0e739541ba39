import type { Deployment, ReplicaSet } from '../../api/apps/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { desiredReplicas, mostReplicas } from './limits.ts'

const prefix = 'deployment.kubernetes.io/'
export const revisionAnnotation = `${prefix}revision`
const historyAnnotation = `${prefix}revision-history`
export const desiredAnnotation = `${prefix}desired-replicas`
export const mostAnnotation = `${prefix}max-replicas`

/** Annotations that ReplicaSets do not take over from their Deployment. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  mostAnnotation,
])
/** Characters of the list of earlier revisions. */
const longestHistory = 2000

type Annotations = Record<string, string>

/** Revisions are 64 bits wide, and clients set large ones. */
export const revisionOf = ({ metadata }: { metadata: { annotations?: Annotations } }): bigint =>
  asRevision(metadata.annotations?.[revisionAnnotation] ?? '')

const asRevision = (text: string): bigint => (/^\d{1,19}$/.test(text) ? BigInt(text) : 0n)

export const numberAnnotation = ({ metadata }: Stored<ReplicaSet>, name: string): number | undefined => {
  const text = metadata.annotations?.[name]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/**
 * The annotations of the newest ReplicaSet: the Deployment's (the change cause among them), and its revision. A ReplicaSet
 * that becomes the newest again keeps a list of its earlier revisions.
 */
export function annotationsOfNew(deployment: Stored<Deployment>, present: Annotations, revision: bigint): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name))
  const annotations = { ...present, ...Object.fromEntries(copied) }
  const before = present[revisionAnnotation]
  if (before !== undefined && asRevision(before) >= revision) return annotations
  annotations[revisionAnnotation] = String(revision)
  if (before !== undefined) {
    const history = (present[historyAnnotation] ?? '').split(',').filter((earlier) => earlier !== '')
    history.push(before)
    while (history.length > 1 && history.join().length > longestHistory) history.shift()
    annotations[historyAnnotation] = history.join()
  }
  return annotations
}

/** A ReplicaSet notes the Deployment's size, so that it can scale in proportion when that changes. */
export const sizeAnnotations = (deployment: Stored<Deployment>): Annotations => ({
  [desiredAnnotation]: String(desiredReplicas(deployment)),
  [mostAnnotation]: String(mostReplicas(deployment)),
})

export const hasAll = (annotations: Annotations | undefined, wanted: Annotations): boolean =>
  Object.entries(wanted).every(([name, value]) => annotations?.[name] === value)
