import { jsonText } from '../api/machinery/json/json-text.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { PodInfo } from './pod-info.ts'

/**
 * Remembers which kinds of pods had no room, until an event may have made some. A thousand waiting pods of one template cost
 * one look at all nodes, not a thousand.
 */
export interface Hopeless {
  /** The diagnosis of an equal pod. */
  get(pod: PodInfo): Diagnosis | undefined
  set(pod: PodInfo, why: Diagnosis): void
  /** An event may have made room. */
  forget(): void
}

const mostKinds = 1000

export function hopelessKinds(): Hopeless {
  const known = new Map<string, Diagnosis>()
  return {
    get: (pod) => (known.size > 0 && canBeKnown(pod) ? known.get(kindOf(pod)) : undefined),
    set(pod, why) {
      if (canBeKnown(pod) && known.size < mostKinds) known.set(kindOf(pod), why)
    },
    forget: () => known.clear(),
  }
}

/** With other rules, even another pod's placement may make a node fit. */
const canBeKnown = ({ pod: { spec }, terms }: PodInfo): boolean =>
  !terms && !spec.topologySpreadConstraints?.length && !spec.nodeName

/** Everything that filters and preemption read. */
function kindOf({ pod: { spec, metadata }, namespace }: PodInfo): string {
  const { containers, initContainers, overhead, resources, nodeSelector, affinity, tolerations } = spec
  const sizes = [...(initContainers ?? []), ...containers].map((c) => [c.resources, c.ports, c.restartPolicy])
  const { priority, preemptionPolicy } = spec
  const choice = [nodeSelector, affinity, tolerations, priority, preemptionPolicy]
  return jsonText([namespace, metadata.labels, initContainers?.length, sizes, overhead, resources, choice])
}
