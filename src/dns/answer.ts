import type { Answer, Question } from 'dns-packet'
import { formatIp, type Ip, parseIp } from '../api/ip.ts'
import { type Found, type Host, lookUp } from './names.ts'
import type { Zone } from './zone.ts'

/** The cluster's answer to a question. Without records it carries the zone's SOA (RFC 2308). */
export interface Reply {
  /** `NXDOMAIN`: there is no such name. A name that has no records of the asked type is NOERROR, without answers. */
  rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED'
  answers: Answer[]
  authorities: Answer[]
  additionals: Answer[]
}

/** Seconds; CoreDNS's default, so that clients behave the same. */
const ttl = 30
const versionTtl = 28_800

/** Answers a question from the cluster's names; `undefined` when the name is none of its own. */
export function answer(zone: Zone, { name, type }: Question): Reply | undefined {
  const asked = name.toLowerCase().replace(/\.$/, '')
  const address = addressOf(asked)
  if (address) return type === 'PTR' ? pointers(zone, address, name) : undefined
  if (asked !== zone.domain && !asked.endsWith(`.${zone.domain}`)) return undefined
  if (type === 'AXFR' || type === 'IXFR') return { rcode: 'REFUSED', answers: [], authorities: [], additionals: [] }
  // Names that are made of the question's keep its case: resolvers check it (draft-vixie-dnsext-dns0x20).
  const domain = domainIn(zone, name)
  const found = lookUp(zone, asked.slice(0, -zone.domain.length).split('.').filter(Boolean))
  const { answers, additionals = [] } = recordsOf({ zone, name, domain, isApex: asked === zone.domain }, type, found)
  return {
    rcode: found ? 'NOERROR' : 'NXDOMAIN',
    answers,
    authorities: answers.length === 0 ? [soa(zone, domain)] : [],
    additionals,
  }
}

/** The domain as it is written at the end of a name. */
const domainIn = (zone: Zone, name: string) => name.replace(/\.$/, '').slice(-zone.domain.length)

/** The question's name, and the domain at its end; both as they were written. */
interface Asked {
  zone: Zone
  name: string
  domain: string
  isApex: boolean
}

interface Records {
  answers: Answer[]
  additionals?: Answer[]
}

const none: Records = { answers: [] }

function recordsOf({ zone, name, domain, isApex }: Asked, type: string, found: Found | undefined): Records {
  if (isApex && type === 'SOA') return { answers: [soa(zone, domain)] }
  if (isApex && type === 'NS') return nameservers(zone, name, domain)
  switch (found?.kind) {
    case 'alias':
      return ['CNAME', 'A', 'AAAA'].includes(type)
        ? { answers: [{ type: 'CNAME', name, ttl, data: found.target }] }
        : none
    case 'text':
      return type === 'TXT' ? { answers: [{ type, name, ttl: versionTtl, data: found.text }] } : none
    case 'hosts':
      if (type === 'SRV') return services(found.hosts, name, domain)
      return { answers: addresses(found.hosts.map((host) => [name, host])).filter((record) => record.type === type) }
    default:
      return none
  }
}

/** The address records of names, each once. */
const addresses = (hosts: [name: string, host: Pick<Host, 'ip' | 'family'>][]): Answer[] =>
  eachOnce(hosts, ([name, { ip }]) => `${name} ${ip}`).map(([name, { ip, family }]) => ({
    type: family === 'IPv6' ? 'AAAA' : 'A',
    name,
    ttl,
    data: ip,
  }))

function services(hosts: Host[], name: string, domain: string): Records {
  const withPort = hosts.flatMap(({ port, ...host }) =>
    port === undefined ? [] : [{ ...host, port, target: `${host.owner}.${domain}` }],
  )
  const weight = Math.max(1, Math.floor(100 / hosts.length))
  return {
    answers: eachOnce(withPort, ({ target, port }) => `${target} ${port}`).map(({ target, port }) => ({
      type: 'SRV',
      name,
      ttl,
      data: { priority: 0, weight, port, target },
    })),
    additionals: addresses(withPort.map((host) => [host.target, host])),
  }
}

/** The Services that have this server among their endpoints; without any, the server's own addresses. */
function nameservers(zone: Zone, name: string, domain: string): Records {
  const known = zone.addresses.flatMap((ip) =>
    zone.endpointsByIp(ip).flatMap(({ namespace, service }) => {
      const found = lookUp(zone, [service, namespace, 'svc'])
      return found?.kind === 'hosts' ? found.hosts : []
    }),
  )
  const own = lookUp(zone, ['ns', 'dns'])
  const hosts = known.length > 0 || own?.kind !== 'hosts' ? known : own.hosts
  const named = hosts.map((host): [string, Host] => [`${host.owner}.${domain}`, host])
  return {
    answers: eachOnce(named, ([data]) => data).map(([data]) => ({ type: 'NS', name, ttl, data })),
    additionals: addresses(named),
  }
}

/** The SOA of a negative answer for a name of the zone. */
export const soaAt = (zone: Zone, name: string): Answer => soa(zone, domainIn(zone, name))

/** Negative answers may be kept as long as others. */
const soa = (zone: Zone, domain: string): Answer => ({
  type: 'SOA',
  name: domain,
  ttl,
  data: {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: zone.serial(),
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: ttl,
  },
})

/** The address that a name under in-addr.arpa or ip6.arpa stands for. */
function addressOf(name: string): Ip | undefined {
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name)
  if (v4) return parseIp(v4.slice(1).reverse().join('.'))
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1]
  const digits = v6?.replaceAll('.', '').split('').reverse().join('')
  return (digits && parseIp(digits.match(/.{4}/g)?.join(':') ?? '')) || undefined
}

/** The names of a cluster IP, or else of an endpoint. The upstream servers answer for other addresses. */
function pointers(zone: Zone, address: Ip, name: string): Reply | undefined {
  const ip = formatIp(address)
  const service = zone.serviceByIp(ip)
  const owners = service
    ? [`${service.metadata.name}.${service.metadata.namespace}`]
    : zone.endpointsByIp(ip).map((e) => `${e.endpoint.label}.${e.service}.${e.namespace}`)
  if (owners.length === 0) return undefined
  const answers = [...new Set(owners)].map(
    (owner): Answer => ({ type: 'PTR', name, ttl, data: `${owner}.svc.${zone.domain}` }),
  )
  return { rcode: 'NOERROR', answers, authorities: [], additionals: [] }
}

function eachOnce<T>(items: T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => !seen.has(key(item)) && seen.add(key(item)))
}
