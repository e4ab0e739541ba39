import { containers, emptyRuleset, type Ruleset } from './ruleset.ts'

export interface TableOptions {
  /** Name of the nft table. */
  table: string
  podCidr: string
  /** The address range of Services: unused addresses are refused. Absent: covers only the Services' own addresses. */
  serviceCidr?: string
  /** The mark of packets that get the node's address; one bit. */
  mark: number
}

/** The commands that rebuild the table with `ruleset`, in one step, whatever existed before. */
export function fullScript(options: TableOptions, ruleset: Ruleset): string {
  const { table } = options
  return [
    `add table ip ${table}`,
    `delete table ip ${table}`,
    ...skeleton(options),
    changeScript(table, emptyRuleset(), ruleset),
  ].join('\n')
}

/** The commands that turn one ruleset into another, in one transaction; empty when there is nothing to change. */
export function changeScript(table: string, from: Ruleset, to: Ruleset): string {
  const lines: string[] = []
  const object = (kind: string, name: string) => `${kind} ip ${table} ${name}`
  // nft needs declarations before uses, and removed uses before deletions.
  for (const [name, declaration] of to.sets) {
    if (from.sets.get(name) !== declaration) lines.push(`add ${object('set', name)} ${declaration}`)
  }
  const changed = [...to.chains].filter(([name, rules]) => from.chains.get(name)?.join('\n') !== rules.join('\n'))
  for (const [name] of changed) if (!from.chains.has(name)) lines.push(`add ${object('chain', name)}`)
  for (const [name, rules] of changed) {
    if (from.chains.has(name)) lines.push(`flush ${object('chain', name)}`)
    for (const rule of rules) lines.push(`add ${object('rule', name)} ${rule}`)
  }
  for (const container of containers) {
    const before = from.elements[container]
    const after = to.elements[container]
    const element = (key: string, value: string) => (value ? `${key} : ${value}` : key)
    const gone = [...before].filter(([key, value]) => after.get(key) !== value)
    const come = [...after].filter(([key, value]) => before.get(key) !== value)
    for (const part of parts(gone)) {
      lines.push(`delete ${object('element', container)} { ${part.map(([key]) => key).join(', ')} }`)
    }
    for (const part of parts(come)) {
      lines.push(
        `add ${object('element', container)} { ${part.map(([key, value]) => element(key, value)).join(', ')} }`,
      )
    }
  }
  const goneChains = [...from.chains.keys()].filter((name) => !to.chains.has(name))
  for (const name of goneChains) lines.push(`flush ${object('chain', name)}`)
  for (const name of goneChains) lines.push(`delete ${object('chain', name)}`)
  for (const name of from.sets.keys()) if (!to.sets.has(name)) lines.push(`delete ${object('set', name)}`)
  return lines.join('\n')
}

/** Splits long lists into several commands; they are still one transaction. */
function* parts<T>(items: T[], size = 500): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size)
}

function skeleton({ table, serviceCidr, mark }: TableOptions): string[] {
  const bit = `0x${mark.toString(16)}`
  const nodePortHere = 'fib daddr type local'
  const chains: Record<string, string[]> = {
    'mark-for-masquerade': [`meta mark set meta mark | ${bit}`],
    'reject-it': ['reject'],
    services: [
      'ip daddr . meta l4proto . th dport vmap @service-ips',
      `${nodePortHere} meta l4proto . th dport vmap @service-nodeports`,
    ],
    'no-endpoints': [
      'ip daddr . meta l4proto . th dport vmap @no-endpoint-ips',
      `${nodePortHere} meta l4proto . th dport vmap @no-endpoint-nodeports`,
    ],
    // Refuse unknown ports of Services, and addresses that no Service has, at once.
    'unknown-services': ['ip daddr @cluster-ips reject', ...(serviceCidr ? [`ip daddr ${serviceCidr} reject`] : [])],
    prerouting: ['goto services'],
    'output-nat': ['goto services'],
    postrouting: [
      `meta mark & ${bit} != 0 meta mark set meta mark ^ ${bit} masquerade fully-random`,
      // A pod that reaches itself through its own Service.
      'ct status dnat ip saddr . ip daddr @hairpin masquerade',
      // localhost:NODEPORT
      'ct status dnat ip saddr 127.0.0.0/8 masquerade',
    ],
    'filter-input': [
      // route_localnet, which localhost:NODEPORT needs, would let neighbours reach what listens on loopback only.
      'iifname != "lo" ip daddr 127.0.0.0/8 ct state { new, invalid, untracked } drop',
      'ct state new jump no-endpoints',
    ],
    'filter-forward': ['ct state new jump no-endpoints', 'ct state new jump unknown-services'],
    'filter-output': ['ct state new jump no-endpoints', 'ct state new jump unknown-services'],
  }
  const hooks: Record<string, string> = {
    prerouting: 'type nat hook prerouting priority dstnat',
    'output-nat': 'type nat hook output priority -100',
    postrouting: 'type nat hook postrouting priority srcnat',
    'filter-input': 'type filter hook input priority filter',
    'filter-forward': 'type filter hook forward priority filter',
    'filter-output': 'type filter hook output priority filter',
  }
  const address = 'type ipv4_addr . inet_proto . inet_service'
  const port = 'type inet_proto . inet_service'
  return [
    `add table ip ${table}`,
    `add map ip ${table} service-ips { ${address} : verdict ; }`,
    `add map ip ${table} service-nodeports { ${port} : verdict ; }`,
    `add map ip ${table} no-endpoint-ips { ${address} : verdict ; }`,
    `add map ip ${table} no-endpoint-nodeports { ${port} : verdict ; }`,
    `add set ip ${table} cluster-ips { type ipv4_addr ; }`,
    `add set ip ${table} hairpin { type ipv4_addr . ipv4_addr ; }`,
    ...Object.keys(chains).map((name) => `add chain ip ${table} ${name}${hooks[name] ? ` { ${hooks[name]} ; }` : ''}`),
    ...Object.entries(chains).flatMap(([name, rules]) => rules.map((rule) => `add rule ip ${table} ${name} ${rule}`)),
  ]
}
