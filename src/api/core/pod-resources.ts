import { parseQuantity, type Quantity } from '../quantity.ts'
import type { Container, PodSpec } from './v1/index.ts'

export interface Resources {
  requests: Record<string, string>
  limits: Record<string, string>
}

/**
 * What a pod needs as a whole: the sum of its containers and sidecars, or what its init phase needs at most, and the
 * runtime's overhead (docs: 'Sidecar containers', resource sharing). Amounts set for the pod itself come first.
 */
export function podResources(spec: PodSpec): Resources {
  return { requests: total(spec, 'requests'), limits: total(spec, 'limits') }
}

type Amounts = Map<string, Quantity>

function total(spec: PodSpec, kind: 'requests' | 'limits'): Record<string, string> {
  const of = (container: Pick<Container, 'resources'>): Amounts =>
    new Map(Object.entries(container.resources?.[kind] ?? {}).map(([name, text]) => [name, parseQuantity(text)]))
  let sidecars: Amounts = new Map()
  let initPeak: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = of(container)
    if (container.restartPolicy === 'Always') {
      sidecars = sum(sidecars, own)
      initPeak = max(initPeak, sidecars)
    } else initPeak = max(initPeak, sum(sidecars, own))
  }
  const running = spec.containers.map(of).reduce(sum, sidecars)
  let all = max(running, initPeak)
  for (const [name, text] of Object.entries(spec.resources?.[kind] ?? {})) all.set(name, parseQuantity(text))
  const overhead: Amounts = new Map(
    Object.entries(spec.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)]),
  )
  // Overhead only adds to limits that are there.
  if (kind === 'limits') for (const name of overhead.keys()) if (!all.has(name)) overhead.delete(name)
  all = sum(all, overhead)
  return Object.fromEntries([...all].map(([name, amount]) => [name, amount.toString()]))
}

function combine(a: Amounts, b: Amounts, both: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const result = new Map(a)
  for (const [name, amount] of b) {
    const present = result.get(name)
    result.set(name, present ? both(present, amount) : amount)
  }
  return result
}
const sum = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => x.add(y))
const max = (a: Amounts, b: Amounts) => combine(a, b, (x, y) => (x.compare(y) >= 0 ? x : y))
