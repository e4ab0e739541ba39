import type { Service } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

const variable = (name: string) => name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')

/**
 * The Docker-style variables by which containers find Services (`REDIS_SERVICE_HOST`, `REDIS_PORT_6379_TCP_ADDR` ...): those
 * of the pod's own namespace when it wants links, and always those of `kubernetes` in `default`.
 */
export function serviceLinks(
  services: Stored<Service>[],
  namespace: string,
  enabled: boolean,
): { name: string; value: string }[] {
  const isMaster = (s: Stored<Service>) => s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes'
  const chosen = new Map<string, Stored<Service>>()
  for (const service of services) {
    const { clusterIP } = service.spec
    if (!clusterIP || clusterIP === 'None') continue
    const own = enabled && service.metadata.namespace === namespace
    if (own || (isMaster(service) && !chosen.has(service.metadata.name))) chosen.set(service.metadata.name, service)
  }
  return [...chosen.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap(variablesOf)
}

function variablesOf(service: Stored<Service>): { name: string; value: string }[] {
  const prefix = variable(service.metadata.name)
  const ip = service.spec.clusterIP ?? ''
  const host = ip.includes(':') ? `[${ip}]` : ip
  const ports = service.spec.ports ?? []
  const first = ports[0]
  if (!first) return []
  const env: [string, string | number][] = [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, first.port],
  ]
  for (const p of ports) if (p.name) env.push([`${prefix}_SERVICE_PORT_${variable(p.name)}`, p.port])
  for (const [i, p] of ports.entries()) {
    const protocol = p.protocol ?? 'TCP'
    const url = `${protocol.toLowerCase()}://${host}:${p.port}`
    if (i === 0) env.push([`${prefix}_PORT`, url])
    const name = `${prefix}_PORT_${p.port}_${protocol}`
    env.push([name, url], [`${name}_PROTO`, protocol.toLowerCase()], [`${name}_PORT`, p.port], [`${name}_ADDR`, ip])
  }
  return env.map(([name, value]) => ({ name, value: String(value) }))
}
