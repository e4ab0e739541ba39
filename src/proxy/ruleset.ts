import { createHash } from 'node:crypto'
import type { RoutedPort, Target } from './service-ports.ts'

/**
 * The desired nft table as data: the chains with their rules, and the elements of the maps and sets. The proxy compares two
 * of them to find the changes.
 *
 * A packet's way: the base chains look its destination up in `service-ips` or `service-nodeports` (one look-up for any number
 * of Services). The entry sends it to the chain of that Service's port, which picks an endpoint.
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

function addPort(ruleset: Ruleset, port: RoutedPort, options: RulesetOptions): void {
  const { elements } = ruleset
  elements['cluster-ips'].set(port.clusterIp, '')
  for (const { ip } of [...port.everywhere, ...port.here]) elements.hairpin.set(`${ip} . ${ip}`, '')
  addInternal(ruleset, port, options)
  if (port.externalIps.length > 0 || port.balancerIps.length > 0 || port.nodePort) addExternal(ruleset, port, options)
}

/** With policy Local another node may have endpoints: a balancer is to try there, and is not to be refused. */
const refusal = ({ everywhere }: RoutedPort) => (everywhere.length > 0 ? 'drop' : 'goto reject-it')
const addressKey = (ip: string, { protocol, port }: RoutedPort) => `${ip} . ${protocol} . ${port}`

function addInternal(ruleset: Ruleset, port: RoutedPort, { podCidr }: RulesetOptions): void {
  const targets = port.internalLocal ? port.here : port.everywhere
  const key = addressKey(port.clusterIp, port)
  if (targets.length === 0) {
    ruleset.elements['no-endpoint-ips'].set(key, refusal(port))
    return
  }
  const chain = chainName('service', port)
  const balance = balanceChain(ruleset, port, targets)
  ruleset.chains.set(chain, [`ip saddr != ${podCidr} ${markForMasquerade}`, `goto ${balance}`])
  ruleset.elements['service-ips'].set(key, `goto ${chain}`)
}

/** Node port, external and load balancer addresses. */
function addExternal(ruleset: Ruleset, port: RoutedPort, { podCidr }: RulesetOptions): void {
  const { chains, elements } = ruleset
  const nodeKey = `${port.protocol} . ${port.nodePort}`
  const targets = port.externalLocal ? port.here : port.everywhere
  if (targets.length === 0) {
    for (const ip of [...port.externalIps, ...port.balancerIps]) {
      elements['no-endpoint-ips'].set(addressKey(ip, port), refusal(port))
    }
    if (port.nodePort) elements['no-endpoint-nodeports'].set(nodeKey, refusal(port))
  }
  const rules = port.externalLocal ? localOnly(ruleset, port, podCidr) : balanced(ruleset, port, [markForMasquerade])
  if (rules.length === 0) return
  const chain = chainName('external', port)
  chains.set(chain, rules)
  if (port.nodePort) elements['service-nodeports'].set(nodeKey, `goto ${chain}`)
  for (const ip of port.externalIps) elements['service-ips'].set(addressKey(ip, port), `goto ${chain}`)
  if (port.balancerIps.length === 0) return
  const entry = port.sourceRanges.length > 0 ? chainName('firewall', port) : chain
  if (entry !== chain) chains.set(entry, [...port.sourceRanges.map((r) => `ip saddr ${r} goto ${chain}`), 'drop'])
  for (const ip of port.balancerIps) elements['service-ips'].set(addressKey(ip, port), `goto ${entry}`)
}

/** Pods and the node itself are inside: for them any address of the Service works like its cluster IP. */
function localOnly(ruleset: Ruleset, port: RoutedPort, podCidr: string): string[] {
  const inside = port.everywhere.length > 0 ? balanceChain(ruleset, port, port.everywhere) : undefined
  return [
    ...(inside
      ? [
          `ip saddr ${podCidr} goto ${inside}`,
          `fib saddr type local ${markForMasquerade}`,
          `fib saddr type local goto ${inside}`,
        ]
      : []),
    ...(port.here.length > 0 ? [`goto ${balanceChain(ruleset, port, port.here)}`] : []),
  ]
}

const balanced = (ruleset: Ruleset, port: RoutedPort, before: string[]): string[] =>
  port.everywhere.length > 0 ? [...before, `goto ${balanceChain(ruleset, port, port.everywhere)}`] : []

const markForMasquerade = 'jump mark-for-masquerade'

/** The chain that picks a random one of `targets`, or the client's earlier one. Equal target lists share a chain. */
function balanceChain(ruleset: Ruleset, port: RoutedPort, targets: Target[]): string {
  const what = targets.map(({ ip, port }) => `${ip}:${port}`).join(',')
  const chain = chainName('balance', port, what)
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
    const name = chainName('endpoint', port, `${ip}:${targetPort} ${seconds}`)
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

/** A readable name within nft's 128 characters, unique by a hash of its full meaning. */
function chainName(kind: string, { name, protocol }: RoutedPort, more = ''): string {
  const hash = createHash('sha256').update([name, protocol, more].join('|')).digest('hex').slice(0, 8)
  const readable = name.replaceAll(/[^a-zA-Z0-9-]/g, '/').slice(0, 80)
  return `${kind}-${hash}-${readable}-${protocol}`
}
