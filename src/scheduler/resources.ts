import { isPodLevel, together } from '../api/core/pod-resources.ts'
import type { Container, Pod, PodSpec } from '../api/core/v1/index.ts'
import { parseQuantity } from '../api/quantity.ts'

/** Amounts of resources in the scheduler's units. */
export interface Resources {
  /** Thousandths of a CPU. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Bytes. */
  ephemeralStorage: number
  /** Huge pages (bytes) and extended resources (pieces); absent: none. */
  others?: Map<string, number>
}

export type ResourceList = Record<string, string>
export const noResources: () => Resources = () => ({ cpu: 0, memory: 0, ephemeralStorage: 0 })

/** Parses `{cpu: '500m', memory: '1Gi'}`, rounding up; skips `pods`, which is counted separately. */
export function readResources(list: ResourceList | undefined): Resources {
  const out = noResources()
  for (const name in list) {
    const text = list[name]
    if (text === undefined || name === 'pods') continue
    setAmount(out, name, amountOf(name, text))
  }
  return out
}

/** `a += sign * b`. */
export function addResources(a: Resources, b: Resources, sign: 1 | -1 = 1): void {
  a.cpu += sign * b.cpu
  a.memory += sign * b.memory
  a.ephemeralStorage += sign * b.ephemeralStorage
  if (!b.others) return
  a.others ??= new Map()
  for (const [name, amount] of b.others) a.others.set(name, (a.others.get(name) ?? 0) + sign * amount)
}

/** The request that scoring assumes for a container without one, so that such pods spread, too. */
const scoredWithoutRequest = { cpu: 100, memory: 200 * 1024 * 1024 }

export interface PodRequests {
  requested: Resources
  /** As `requested`, with `scoredWithoutRequest` for containers without a request. */
  scored: Resources
}

/** A pod's requests: the sum over its containers, or the pod's own resources, plus its overhead. */
export function podRequests(pod: Pod): PodRequests {
  const spec = pod.spec ?? { containers: [] }
  return { requested: total(pod, spec, false), scored: total(pod, spec, true) }
}

function total(pod: Pod, spec: PodSpec, scored: boolean): Resources {
  const running = together(spec, noResources(), (container) => containerRequests(pod, container, scored), { sum, max })
  const podLevel = spec.resources?.requests
  for (const name in podLevel) {
    const text = podLevel[name]
    if (text !== undefined && isPodLevel(name)) setAmount(running, name, amountOf(name, text))
  }
  if (spec.overhead) addResources(running, readResources(spec.overhead))
  return running
}

function containerRequests(pod: Pod, container: Container, scored: boolean): Resources {
  let out = readResources(container.resources?.requests)
  if (isResizing(pod)) {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    const held = statuses.find((status) => status.name === container.name)
    out = max(max(out, readResources(held?.allocatedResources)), readResources(held?.resources?.requests))
  }
  if (scored) {
    if (!out.cpu && container.resources?.requests?.cpu === undefined) out.cpu = scoredWithoutRequest.cpu
    if (!out.memory && container.resources?.requests?.memory === undefined) out.memory = scoredWithoutRequest.memory
  }
  return out
}

/** During a resize a pod counts with the larger of its request and its allocation. (KEP-1287) */
export const isResizing = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type }) => type === 'PodResizePending' || type === 'PodResizeInProgress') ?? false

function sum(a: Resources, b: Resources): Resources {
  const both: Resources = { cpu: a.cpu, memory: a.memory, ephemeralStorage: a.ephemeralStorage }
  if (a.others) both.others = new Map(a.others)
  addResources(both, b)
  return both
}

function max(a: Resources, b: Resources): Resources {
  const others = a.others || b.others ? new Map(a.others) : undefined
  for (const [name, amount] of b.others ?? []) others?.set(name, Math.max(others.get(name) ?? 0, amount))
  return {
    cpu: Math.max(a.cpu, b.cpu),
    memory: Math.max(a.memory, b.memory),
    ephemeralStorage: Math.max(a.ephemeralStorage, b.ephemeralStorage),
    ...(others && { others }),
  }
}

function setAmount(out: Resources, name: string, amount: number): void {
  if (name === 'cpu') out.cpu = amount
  else if (name === 'memory') out.memory = amount
  else if (name === 'ephemeral-storage') out.ephemeralStorage = amount
  else {
    out.others ??= new Map()
    out.others.set(name, amount)
  }
}

/** A quantity as a whole number: thousandths for cpu, else pieces or bytes. Rounds up. */
export function amountOf(name: string, text: string): number {
  const quantity = parseQuantity(text)
  return name === 'cpu' ? quantity.toMilli() : quantity.toInteger()
}
