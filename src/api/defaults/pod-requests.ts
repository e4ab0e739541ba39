import type { Container, PodSpec } from '../core/v1/index.ts'
import { parseQuantity, type Quantity } from '../quantity.ts'

/**
 * What a pod's containers need together, by resource (KEP-753): all containers and the sidecars run at once; an
 * init container runs beside the sidecars started before it. Without overhead and pod-level requests.
 */
export function sumOfRequests(spec: Pick<PodSpec, 'containers' | 'initContainers'>): Record<string, string> {
  const running = new Map<string, Quantity>()
  for (const container of spec.containers ?? []) addTo(running, requestsOf(container))
  const sidecars = new Map<string, Quantity>()
  const peak = new Map<string, Quantity>()
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container)
    if (container.restartPolicy === 'Always') {
      addTo(running, requests)
      addTo(sidecars, requests)
      raiseTo(peak, sidecars)
    } else {
      const beside = new Map(sidecars)
      addTo(beside, requests)
      raiseTo(peak, beside)
    }
  }
  raiseTo(running, peak)
  return Object.fromEntries([...running].map(([name, amount]) => [name, amount.toString()]))
}

const requestsOf = ({ resources }: Container): [string, Quantity][] =>
  Object.entries(resources?.requests ?? {}).map(([name, text]) => [name, parseQuantity(text)])

function addTo(total: Map<string, Quantity>, amounts: Iterable<[string, Quantity]>): void {
  for (const [name, amount] of amounts) total.set(name, total.get(name)?.add(amount) ?? amount)
}

function raiseTo(total: Map<string, Quantity>, amounts: Iterable<[string, Quantity]>): void {
  for (const [name, amount] of amounts) {
    const present = total.get(name)
    if (!present || amount.compare(present) > 0) total.set(name, amount)
  }
}
