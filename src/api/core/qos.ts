import { parseQuantity } from '../quantity.ts'
import type { PodSpec, ResourceRequirements } from './v1/index.ts'

export const qosClasses = ['Guaranteed', 'Burstable', 'BestEffort'] as const
export type QosClass = (typeof qosClasses)[number]

/**
 * A pod's quality of service class, from its CPU and memory (docs: 'Pod Quality of Service Classes'). If the pod has
 * resources of its own, even `{}`, its containers do not count (KEP-2837).
 */
export function qosClass(spec: PodSpec): QosClass {
  if (spec.resources) return classOf(spec.resources)
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  return only(containers.map(({ resources }) => classOf(resources)))
}

function classOf({ requests, limits }: ResourceRequirements = {}): QosClass {
  return only(
    ['cpu', 'memory'].map((name) => {
      const [request, limit] = [nano(requests?.[name]), nano(limits?.[name])]
      if (request !== limit) return 'Burstable'
      return limit === 0n ? 'BestEffort' : 'Guaranteed'
    }),
  )
}

/** The common class of all; if they differ, Burstable. */
function only(classes: QosClass[]): QosClass {
  const [first = 'BestEffort'] = classes
  return classes.every((one) => one === first) ? first : 'Burstable'
}

const nano = (text = '0'): bigint => parseQuantity(text).nano
