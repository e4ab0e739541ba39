import { parseQuantity, type Quantity } from '../quantity.ts'
import { isSidecar } from './pods.ts'
import type { Container, PodSpec } from './v1/index.ts'

export interface Resources {
  requests: Record<string, string>
  limits: Record<string, string>
}

/**
 * A pod's requests or limits as a whole: the sum over its containers, overridden by the pod's own (KEP-2837), plus the overhead
 * of its runtime class (KEP-688), which only adds to existing limits.
 */
export function podResources(spec: PodSpec): Resources {
  return { requests: total(spec, 'requests'), limits: total(spec, 'limits') }
}

/** The sum over containers, by resource, without overhead and the pod's own resources. */
export const containerRequests = (spec: Containers): Record<string, string> => written(ofContainers(spec, 'requests'))

/** The resources that a pod itself may set. (KEP-2837) */
export const isPodLevel = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

type Containers = Pick<PodSpec, 'containers' | 'initContainers'>

/** Adds up the needs of containers, for any way of counting. */
export interface Arithmetic<A> {
  sum(a: A, b: A): A
  max(a: A, b: A): A
}

/**
 * The need of a pod's containers together (KEP-753): all containers and sidecars run at once; before that, each init
 * container runs beside the sidecars started before it. `of`: the need of one container.
 */
export function together<A>(
  { containers, initContainers = [] }: Containers,
  nothing: A,
  of: (container: Container) => A,
  { sum, max }: Arithmetic<A>,
): A {
  const needs = containers.map(of)
  if (initContainers.length === 0 && needs.length > 0) return needs.reduce(sum)
  let sidecars = nothing
  let peak = nothing
  for (const container of initContainers) {
    const beside = sum(sidecars, of(container))
    if (isSidecar(container)) sidecars = beside
    peak = max(peak, beside)
  }
  return max(needs.reduce(sum, sidecars), peak)
}

type Amounts = ReadonlyMap<string, Quantity>

function total(spec: PodSpec, kind: 'requests' | 'limits'): Record<string, string> {
  const own = [...read(spec.resources?.[kind])].filter(([name]) => isPodLevel(name))
  const all: Amounts = new Map([...ofContainers(spec, kind), ...own])
  const overhead = [...read(spec.overhead)].filter(([name]) => kind === 'requests' || all.has(name))
  return written(quantities.sum(all, new Map(overhead)))
}

const ofContainers = (spec: Containers, kind: 'requests' | 'limits'): Amounts =>
  together<Amounts>(spec, new Map(), ({ resources }) => read(resources?.[kind]), quantities)

const read = (list: Record<string, string> = {}): Amounts =>
  new Map(Object.entries(list).map(([name, text]) => [name, parseQuantity(text)]))

const written = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, amount.toString()]))

const quantities: Arithmetic<Amounts> = {
  sum: (a, b) => combine(a, b, (x, y) => x.add(y)),
  max: (a, b) => combine(a, b, (x, y) => (x.compare(y) >= 0 ? x : y)),
}

function combine(a: Amounts, b: Amounts, both: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const result = new Map(a)
  for (const [name, amount] of b) {
    const present = result.get(name)
    result.set(name, present ? both(present, amount) : amount)
  }
  return result
}
