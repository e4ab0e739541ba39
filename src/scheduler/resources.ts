import type { Container, Pod, PodSpec, ResourceRequirements } from '../api/core/v1/index.ts'
import { parseQuantity } from '../api/quantity.ts'

/** Amounts as the scheduler counts them. */
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

/** Reads `{cpu: '500m', memory: '1Gi'}`, rounding up; `pods` is counted apart. */
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

/** What a container without a request counts as when nodes are scored, so that such pods spread too. */
const scoredWithoutRequest = { cpu: 100, memory: 200 * 1024 * 1024 }

export interface PodRequests {
  requested: Resources
  /** As `requested`, with `scoredWithoutRequest` where a container names no request. */
  scored: Resources
}

/**
 * What a pod takes from a node: the larger of its containers together and each of its init containers with the sidecars
 * (init containers that restart always) started before it; pod-level requests stand in their place where given; plus the
 * overhead of its runtime class. (KEP-753, KEP-2837, KEP-688)
 */
export function podRequests(pod: Pod): PodRequests {
  const spec = pod.spec ?? { containers: [] }
  return { requested: total(pod, spec, false), scored: total(pod, spec, true) }
}

function total(pod: Pod, spec: PodSpec, scored: boolean): Resources {
  const running = noResources()
  for (const container of spec.containers) addResources(running, containerRequests(pod, container, scored))
  if (spec.initContainers?.length) {
    const sidecars = noResources()
    const peak = noResources()
    for (const container of spec.initContainers) {
      const own = containerRequests(pod, container, scored)
      if (container.restartPolicy === 'Always') {
        addResources(running, own)
        addResources(sidecars, own)
        raise(peak, sidecars)
      } else {
        addResources(own, sidecars)
        raise(peak, own)
      }
    }
    raise(running, peak)
  }
  const podLevel = spec.resources?.requests
  for (const name in podLevel) {
    const text = podLevel[name]
    if (text !== undefined && (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')))
      setAmount(running, name, amountOf(name, text))
  }
  if (spec.overhead) addResources(running, readResources(spec.overhead))
  return running
}

function containerRequests(pod: Pod, container: Container, scored: boolean): Resources {
  const out = readResources(requestsWithLimits(container.resources))
  if (isResizing(pod)) {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    const held = statuses.find((status) => status.name === container.name)
    raise(out, readResources(held?.allocatedResources))
    raise(out, readResources(held?.resources?.requests))
  }
  if (scored) {
    if (!out.cpu && container.resources?.requests?.cpu === undefined) out.cpu = scoredWithoutRequest.cpu
    if (!out.memory && container.resources?.requests?.memory === undefined) out.memory = scoredWithoutRequest.memory
  }
  return out
}

/** A pod that is being resized counts as what it asks for and as what it still holds, whichever is more. (KEP-1287) */
export const isResizing = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type }) => type === 'PodResizePending' || type === 'PodResizeInProgress') ?? false

/** The server defaults a missing request to its limit; so do we for pods that reached us another way. */
const requestsWithLimits = (resources: ResourceRequirements | undefined): ResourceList | undefined =>
  resources?.limits ? { ...resources.limits, ...resources.requests } : resources?.requests

function raise(a: Resources, b: Resources): void {
  a.cpu = Math.max(a.cpu, b.cpu)
  a.memory = Math.max(a.memory, b.memory)
  a.ephemeralStorage = Math.max(a.ephemeralStorage, b.ephemeralStorage)
  if (!b.others) return
  a.others ??= new Map()
  for (const [name, amount] of b.others) a.others.set(name, Math.max(a.others.get(name) ?? 0, amount))
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
