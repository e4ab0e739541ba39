import { ReplicaSets, StatefulSets } from '../api/apps/v1/index.ts'
import { ReplicationControllers, Services } from '../api/core/v1/index.ts'
import { jsonText } from '../api/machinery/json/json-text.ts'
import { type Selector, selectorOf } from '../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../api/meta/v1/index.ts'
import type { Informers } from '../client/informers/informer.ts'
import { controllerOf } from '../controller/ownership.ts'
import type { PodInfo } from './pod-info.ts'

/** Returns the selector that a pod shares with the other pods of its Services and its controller. */
export function kinSelectors(informers: Informers): {
  of(pod: PodInfo): Selector | undefined
  readonly synced: Promise<unknown>
} {
  const services = informers.of(Services)
  const controllers = informers.of(ReplicationControllers)
  const replicaSets = informers.of(ReplicaSets)
  const statefulSets = informers.of(StatefulSets)
  /** Selectors by their parts: equal pods share one. */
  const known = new Map<string, Selector>()

  function ofController({ pod, namespace }: PodInfo): LabelSelector | undefined {
    const owner = controllerOf(pod)
    const key = `${namespace}/${owner?.name}`
    switch (owner?.kind) {
      case 'ReplicaSet':
        return replicaSets.get(key)?.spec.selector
      case 'StatefulSet':
        return statefulSets.get(key)?.spec.selector
      case 'ReplicationController':
        return { matchLabels: controllers.get(key)?.spec.selector }
      default:
        return undefined
    }
  }

  return {
    of(pod) {
      const own = ofController(pod)
      const matchLabels = { ...own?.matchLabels }
      for (const { spec } of services.list(pod.namespace)) {
        const wanted = spec.selector && Object.entries(spec.selector)
        if (wanted?.length && wanted.every(([key, value]) => pod.labels[key] === value))
          Object.assign(matchLabels, spec.selector)
      }
      const whole = { matchLabels, matchExpressions: own?.matchExpressions ?? [] }
      if (Object.keys(matchLabels).length === 0 && whole.matchExpressions.length === 0) return undefined
      const id = jsonText(whole)
      let selector = known.get(id)
      if (!selector) {
        if (known.size > 1000) known.clear()
        selector = selectorOf(whole)
        known.set(id, selector)
      }
      return selector
    },
    synced: Promise.all([services, controllers, replicaSets, statefulSets].map(({ synced }) => synced)),
  }
}
