import type { Answer, Question, SrvAnswer, StringAnswer } from 'dns-packet'
import type { Service } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { Zone, ZoneEndpoint } from './zone.ts'

/** What the cluster says to a question; `undefined` when the name is none of its own. */
export interface Reply {
  answers: Answer[]
  additionals: Answer[]
  /** Absent names get NXDOMAIN; a name that has no records of the asked type gets none (NODATA). */
  exists: boolean
}

/** Seconds; what CoreDNS gives by default, so that clients behave the same. */
const ttl = 30
const schemaVersion = '1.1.0'

/**
 * Answers from the names of the 'Kubernetes DNS-Based Service Discovery' specification: Services, headless Services and
 * their endpoints, SRV records of named ports, pods by address, PTR.
 */
export function answer(zone: Zone, { name, type }: Question): Reply | undefined {
  const asked = name.toLowerCase().replace(/\.$/, '')
  const reverse = addressOf(asked)
  if (reverse) return ptr(zone, reverse, name, type)
  if (asked !== zone.domain && !asked.endsWith(`.${zone.domain}`)) return undefined
  const labels = asked.slice(0, -zone.domain.length).split('.').filter(Boolean)
  const found = recordsAt(zone, labels)
  if (!found) return { answers: [], additionals: [], exists: false }
  return found(name, type)
}

type Records = (name: string, type: string) => Reply

const empty: Reply = { answers: [], additionals: [], exists: true }
const only =
  (make: (name: string) => Answer[], ...types: string[]): Records =>
  (name, type) => ({ ...empty, answers: types.includes(type) || type === 'ANY' ? make(name) : [] })

/** The records at a name, given by its labels without the domain; undefined: there is no such name. */
function recordsAt(zone: Zone, labels: string[]): Records | undefined {
  if (labels.length === 0) return () => empty
  if (labels.length === 1 && labels[0] === 'dns-version') {
    return only((name) => [{ type: 'TXT', name, ttl, data: schemaVersion }], 'TXT')
  }
  const kind = labels.at(-1)
  const namespace = labels.at(-2)
  if (kind !== 'svc' && kind !== 'pod') return undefined
  if (namespace === undefined) return () => empty
  if (!zone.namespaceExists(namespace)) return undefined
  const rest = labels.slice(0, -2)
  if (rest.length === 0) return () => empty
  return kind === 'pod' ? podRecords(rest) : serviceRecords(zone, namespace, rest)
}

/** `1-2-3-4.default.pod.cluster.local` is 1.2.3.4, whether there is such a pod or not, as CoreDNS's "insecure" mode has it. */
function podRecords(labels: string[]): Records | undefined {
  const [label] = labels
  if (labels.length !== 1 || !label) return undefined
  if (/^\d+-\d+-\d+-\d+$/.test(label)) {
    const ip = label.replaceAll('-', '.')
    return only((name) => [{ type: 'A', name, ttl, data: ip }], 'A')
  }
  return undefined
}

function serviceRecords(zone: Zone, namespace: string, labels: string[]): Records | undefined {
  const serviceName = labels.at(-1) ?? ''
  const service = zone.service(namespace, serviceName)
  if (!service) return undefined
  const before = labels.slice(0, -1)
  if (service.spec.type === 'ExternalName') {
    const target = service.spec.externalName
    if (before.length > 0 || !target) return undefined
    return only((name) => [{ type: 'CNAME', name, ttl, data: target }], 'CNAME', 'A', 'AAAA', 'SRV')
  }
  const headless = service.spec.clusterIP === 'None'
  if (before.length === 0) {
    const addresses = headless ? zone.endpoints(namespace, serviceName) : clusterIps(service)
    return addressRecords(addresses)
  }
  if (before.length === 1 && headless) {
    const ofLabel = zone.endpoints(namespace, serviceName).filter((e) => e.label.toLowerCase() === before[0])
    return ofLabel.length > 0 ? addressRecords(ofLabel) : undefined
  }
  const [port, protocol] = before
  if (before.length === 2 && port?.startsWith('_') && protocol?.startsWith('_')) {
    return srvRecords(zone, service, namespace, port.slice(1), protocol.slice(1))
  }
  return undefined
}

type Addressed = Pick<ZoneEndpoint, 'ip' | 'family'>

const clusterIps = (service: Stored<Service>): Addressed[] =>
  (service.spec.clusterIPs ?? []).map((ip) => ({ ip, family: ip.includes(':') ? 'IPv6' : 'IPv4' }))

const addressRecord = (name: string, { ip, family }: Addressed): StringAnswer => ({
  type: family === 'IPv6' ? 'AAAA' : 'A',
  name,
  ttl,
  data: ip,
})

const addressRecords =
  (addresses: Addressed[]): Records =>
  (name, type) => ({
    ...empty,
    answers: addresses.map((a) => addressRecord(name, a)).filter((a) => a.type === type || type === 'ANY'),
  })

function srvRecords(
  zone: Zone,
  service: Stored<Service>,
  namespace: string,
  port: string,
  protocol: string,
): Records | undefined {
  const base = `${service.metadata.name}.${namespace}.svc.${zone.domain}`
  const matches = (p: { name?: string; protocol?: string }) =>
    (p.name ?? '').toLowerCase() === port && (p.protocol ?? 'TCP').toLowerCase() === protocol
  const targets: { target: string; port: number; addresses: Addressed[] }[] =
    service.spec.clusterIP === 'None'
      ? zone
          .endpoints(namespace, service.metadata.name)
          .flatMap((e) =>
            e.ports.filter(matches).map((p) => ({ target: `${e.label}.${base}`, port: p.port, addresses: [e] })),
          )
      : (service.spec.ports ?? [])
          .filter(matches)
          .map((p) => ({ target: base, port: p.port, addresses: clusterIps(service) }))
  if (targets.length === 0) return undefined
  const weight = Math.max(1, Math.floor(100 / targets.length))
  return (name, type) => {
    if (type !== 'SRV' && type !== 'ANY') return empty
    const answers = targets.map(
      (t): SrvAnswer => ({ type: 'SRV', name, ttl, data: { priority: 0, weight, port: t.port, target: t.target } }),
    )
    const additionals = targets.flatMap((t) => t.addresses.map((a) => addressRecord(t.target, a)))
    return { answers, additionals, exists: true }
  }
}

/** The address that a name under in-addr.arpa or ip6.arpa stands for. */
function addressOf(name: string): string | undefined {
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name)
  if (v4) return v4.slice(1).reverse().join('.')
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1]
  const digits = v6?.replaceAll('.', '').split('').reverse().join('')
  return digits
    ?.match(/.{4}/g)
    ?.map((group) => group.replace(/^0{1,3}/, ''))
    .join(':')
}

/** Addresses that are nobody's here are asked for elsewhere. */
function ptr(zone: Zone, ip: string, name: string, type: string): Reply | undefined {
  const service = zone.serviceByIp(ip)
  const endpoint = service ? undefined : zone.endpointByIp(ip)
  if (!service && !endpoint) return undefined
  const target = service
    ? `${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`
    : `${endpoint?.endpoint.label}.${endpoint?.service}.${endpoint?.namespace}.svc.${zone.domain}`
  return only(() => [{ type: 'PTR', name, ttl, data: target }], 'PTR')(name, type)
}
