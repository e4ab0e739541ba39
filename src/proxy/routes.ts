import type { RoutedPort } from './service-ports.ts'

export interface RouteChange {
  /** The ports of all Services. */
  ports: RoutedPort[]
  /** The UDP ports of the changed Services. Removed ones have no endpoints. */
  udp: RoutedPort[]
  /** The kernel routes them now. */
  commit(): void
}

/**
 * Remembers the ports that the kernel routes, by Service. A change that is not committed, since the kernel refused it, is
 * found again by the next attempt, with the ports that it removes.
 */
export function routesOf(portsOf: (service: string) => RoutedPort[]): {
  /** Recomputes the ports of these Services (`namespace/name`). */
  change(services: readonly string[]): RouteChange
} {
  let routed: ReadonlyMap<string, RoutedPort[]> = new Map()
  return {
    change(services) {
      const next = new Map(routed)
      const udp = services.flatMap((service) => {
        const ports = portsOf(service)
        if (ports.length > 0) next.set(service, ports)
        else next.delete(service)
        const removed = (routed.get(service) ?? []).filter(
          (port) => !ports.some(({ name, protocol }) => name === port.name && protocol === 'udp'),
        )
        return [...ports, ...removed.map((port) => ({ ...port, everywhere: [], here: [] }))]
      })
      return {
        ports: [...next.values()].flat(),
        udp: udp.filter(({ protocol }) => protocol === 'udp'),
        commit: () => {
          routed = next
        },
      }
    },
  }
}
