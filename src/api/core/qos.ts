import { parseQuantity } from '../quantity.ts'
import type { Container, PodSpec, ResourceRequirements } from './v1/index.ts'

/** The quality of service class of a pod, out of its CPU and memory (docs: 'Pod Quality of Service Classes'). */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all: Pick<Container, 'resources'>[] =
    spec.resources?.requests || spec.resources?.limits
      ? [{ resources: spec.resources }]
      : [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const amounts = all.map(({ resources }) => ({
    requests: given(resources, 'requests'),
    limits: given(resources, 'limits'),
  }))
  if (amounts.every(({ requests, limits }) => requests.size === 0 && limits.size === 0)) return 'BestEffort'
  const guaranteed = amounts.every(
    ({ requests, limits }) =>
      limits.size === counted.length && [...requests].every(([name, nano]) => limits.get(name) === nano),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

const counted = ['cpu', 'memory']

function given(resources: ResourceRequirements | undefined, kind: 'requests' | 'limits'): Map<string, bigint> {
  const amounts = new Map<string, bigint>()
  for (const name of counted) {
    const text = resources?.[kind]?.[name]
    if (text === undefined) continue
    const { nano } = parseQuantity(text)
    if (nano !== 0n) amounts.set(name, nano)
  }
  return amounts
}
