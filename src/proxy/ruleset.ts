import { createHash } from 'node:crypto'
import type { RoutedPort, Target } from './service-ports.ts'

/**
 * What the nft table is to hold, as data: the chains with their rules, and the elements of the maps and sets. Two of them
 * are compared to find what to change.
 *
 * A packet's way: the base chains look its destination up in `service-ips` or `service-nodeports` (one look-up however many
 * Services there are), which sends it to the chain of that Service's port, which picks an endpoint.
 */
export interface Ruleset {
  /** By name: chains that come and go with Services. */
  chains: Map<string, string[]>
  /** By name: sets that come and go with Services, as their declarations. */
  sets: Map<string, string>
  /** By map or set, then by key: the value, empty for sets. */
  elements: Record<Container, Map<string, string>>
}

export const containers = [
  'service-ips',
  'service-nodeports',
  'no-endpoint-ips',
  'no-endpoint-nodeports',
  'cluster-ips',
  'hairpin',
] as const
export type Container = (typeof containers)[number]

export interface RulesetOptions {
  /** Traffic to a cluster IP from outside of it gets the node's address as its source, so that replies come back here. */
  podCidr: string
}

export function emptyRuleset(): Ruleset {
  return {
    chains: new Map(),
    sets: new Map(),
    elements: Object.fromEntries(containers.map((name) => [name, new Map()])) as Ruleset['elements'],
  }
}

export function rulesetOf(ports: RoutedPort[], options: RulesetOptions): Ruleset {
  const ruleset = emptyRuleset()
  for (const port of ports) addPort(ruleset, port, options)
  return ruleset
}

function addPort(ruleset: Ruleset, port: RoutedPort, { podCidr }: RulesetOptions): void {
  const { elements } = ruleset
  const at = (ip: string) => `${ip} . ${port.protocol} . ${port.port}`
  const nodeAt = `${port.protocol} . ${port.nodePort}`
  elements['cluster-ips'].set(port.clusterIp, '')
  for (const { ip } of [...port.internal, ...port.external]) elements.hairpin.set(`${ip} . ${ip}`, '')

  if (port.internal.length === 0) {
    elements['no-endpoint-ips'].set(at(port.clusterIp), 'goto reject-it')
  } else {
    const balance = balanceChain(ruleset, port, port.internal)
    const chain = chainName('service', port.name, port.protocol)
    ruleset.chains.set(chain, [`ip saddr != ${podCidr} ${markForMasquerade}`, `goto ${balance}`])
    elements['service-ips'].set(at(port.clusterIp), `goto ${chain}`)
  }

  if (port.otherIps.length === 0 && !port.nodePort) return
  if (port.external.length === 0) {
    // With externalTrafficPolicy Local another node may have endpoints: the balancer is to notice, not to be refused.
    const verdict = port.keepsSource ? 'drop' : 'goto reject-it'
    for (const ip of port.otherIps) elements['no-endpoint-ips'].set(at(ip), verdict)
    if (port.nodePort) elements['no-endpoint-nodeports'].set(nodeAt, verdict)
    return
  }
  const balance = balanceChain(ruleset, port, port.external)
  const chain = chainName('external', port.name, port.protocol)
  ruleset.chains.set(chain, [...(port.keepsSource ? [] : [markForMasquerade]), `goto ${balance}`])
  if (port.nodePort) elements['service-nodeports'].set(nodeAt, `goto ${chain}`)
  if (port.otherIps.length === 0) return
  const entry = port.sourceRanges.length > 0 ? chainName('firewall', port.name, port.protocol) : chain
  if (port.sourceRanges.length > 0) {
    ruleset.chains.set(entry, [`ip saddr != { ${port.sourceRanges.join(', ')} } drop`, `goto ${chain}`])
  }
  for (const ip of port.otherIps) elements['service-ips'].set(at(ip), `goto ${entry}`)
}

const markForMasquerade = 'jump mark-for-masquerade'

/** The chain that picks one of `targets` at random, or the one the client had before. One for equal target lists. */
function balanceChain(ruleset: Ruleset, port: RoutedPort, targets: Target[]): string {
  const what = targets.map(({ ip, port }) => `${ip}:${port}`).join(',')
  const chain = chainName('balance', port.name, port.protocol, what)
  if (ruleset.chains.has(chain)) return chain
  const rules = port.affinitySeconds
    ? stickyRules(ruleset, port, targets, port.affinitySeconds)
    : [
        `meta l4proto ${port.protocol} dnat to ${choice(
          targets.map(({ ip, port }) => `${ip} . ${port}`),
          'map',
        )}`,
      ]
  ruleset.chains.set(chain, rules)
  return chain
}

/** Each endpoint has a set of the clients that it served in the last `seconds`. */
function stickyRules(ruleset: Ruleset, port: RoutedPort, targets: Target[], seconds: number): string[] {
  const endpoints = targets.map(({ ip, port: targetPort }) => {
    const name = chainName('endpoint', port.name, port.protocol, `${ip}:${targetPort}`)
    const set = name.replace('endpoint', 'affinity')
    ruleset.sets.set(set, `{ type ipv4_addr ; flags dynamic,timeout ; timeout ${seconds}s ; }`)
    ruleset.chains.set(name, [
      `update @${set} { ip saddr }`,
      `meta l4proto ${port.protocol} dnat to ${ip}:${targetPort}`,
    ])
    return { name, set }
  })
  return [
    ...endpoints.map(({ name, set }) => `ip saddr @${set} goto ${name}`),
    choice(
      endpoints.map(({ name }) => `goto ${name}`),
      'vmap',
    ),
  ]
}

const choice = (values: string[], kind: 'map' | 'vmap'): string =>
  values.length === 1 && kind === 'vmap'
    ? (values[0] ?? '')
    : `numgen random mod ${values.length} ${kind} { ${values.map((value, i) => `${i} : ${value}`).join(', ')} }`

/** A readable name within nft's 128 characters, unique by a hash of all that it stands for. */
function chainName(kind: string, service: string, protocol: string, more = ''): string {
  const hash = createHash('sha256').update([service, protocol, more].join('|')).digest('hex').slice(0, 8)
  const readable = service.replaceAll(/[^a-zA-Z0-9-]/g, '/').slice(0, 80)
  return `${kind}-${hash}-${readable}-${protocol}`
}
