import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../api/apps/v1/index.ts'
import { DaemonSets, Deployments, ReplicaSets, StatefulSets } from '../../api/apps/v1/index.ts'
import type { Job } from '../../api/batch/v1/index.ts'
import { Jobs } from '../../api/batch/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { sleep } from '../../api/clock.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import type { Pod, ReplicationController } from '../../api/core/v1/index.ts'
import { Pods, ReplicationControllers } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Client } from '../client.ts'
import type { ManifestObject } from './manifests.ts'

/** What an object's rollout still waits for; undefined: it has rolled out. */
type Waits<T> = (object: Stored<T>) => string | undefined

/** Each is called with objects of its own resource. */
const waits = new Map<ResourceType, (object: never) => string | undefined>()
const rule = <T extends KubeObject>(resource: ResourceType<T>, rule: Waits<T>) => waits.set(resource, rule)

const of = (ready: number | undefined, wanted: number | undefined) =>
  (ready ?? 0) >= (wanted ?? 1) ? undefined : `${ready ?? 0} of ${wanted ?? 1} pods ready`
const observed = ({
  metadata,
  status,
}: {
  metadata: { generation?: number }
  status: { observedGeneration?: number }
}) => ((status.observedGeneration ?? 0) >= (metadata.generation ?? 0) ? undefined : 'not seen by its controller yet')

rule<ReplicationController>(ReplicationControllers, (o) => observed(o) ?? of(o.status.readyReplicas, o.spec.replicas))
rule<ReplicaSet>(ReplicaSets, (o) => observed(o) ?? of(o.status.readyReplicas, o.spec.replicas))
rule<StatefulSet>(StatefulSets, (o) => observed(o) ?? of(o.status.readyReplicas, o.spec.replicas))
rule<DaemonSet>(DaemonSets, (o) => observed(o) ?? of(o.status.numberReady, o.status.desiredNumberScheduled))
rule<Deployment>(Deployments, (o) => {
  const { replicas = 0, updatedReplicas = 0 } = o.status
  return (
    observed(o) ??
    of(updatedReplicas, o.spec.replicas) ??
    (replicas > updatedReplicas ? `${replicas - updatedReplicas} old pods to go` : undefined) ??
    of(o.status.availableReplicas, o.spec.replicas)
  )
})
rule<Pod>(Pods, ({ status }) => {
  const ready = isConditionTrue(status.conditions, 'Ready')
  return ready || status.phase === 'Succeeded' ? undefined : (status.phase ?? 'Pending')
})
rule<Job>(Jobs, ({ status }) => (isConditionTrue(status.conditions, 'Complete') ? undefined : 'not complete'))
rule<CustomResourceDefinition>(CustomResourceDefinitions, ({ status }) =>
  isConditionTrue(status?.conditions, 'Established') ? undefined : 'not established',
)

/**
 * Waits until all objects that run pods have rolled out and the server serves every custom resource, or `signal` is aborted.
 * @returns the unfinished objects, by `source`, with what they wait for; empty when all have finished.
 */
export async function waitForRollout(
  client: Client,
  clock: Clock,
  objects: ManifestObject[],
  signal: AbortSignal,
): Promise<Map<ManifestObject, string>> {
  const waiting = new Map(objects.filter(({ resource }) => waits.has(resource)).map((o) => [o, 'not seen yet']))
  while (waiting.size > 0 && !signal.aborted) {
    for (const entry of waiting.keys()) {
      const stored = await client.get(entry.resource, entry.object.metadata).catch(() => undefined)
      const reason = stored ? waits.get(entry.resource)?.(stored as never) : 'not there'
      if (reason === undefined) waiting.delete(entry)
      else waiting.set(entry, reason)
    }
    if (waiting.size > 0) await sleep(clock, 100, signal)
  }
  return waiting
}
