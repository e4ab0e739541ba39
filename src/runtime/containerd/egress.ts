import { spawnSync } from 'node:child_process'
import { systemEnv } from './processes.ts'

export interface Egress {
  /** Of the nftables table (family ip). */
  table: string
  podCidr: string
  bridge: string
}

/** Pods reach the world under the node's address: one rule for all of them, in a table of its own. */
export const egressRules = ({ table, podCidr, bridge }: Egress): string =>
  [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat;',
    `    ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != 224.0.0.0/4 oifname != "${bridge}" masquerade`,
    '  }',
    '}',
    '',
  ].join('\n')

/** Sets the rule, in one transaction; a second call changes nothing. */
export function allowEgress(egress: Egress): void {
  nft(egressRules(egress))
}

export function removeEgress({ table }: Pick<Egress, 'table'>): void {
  nft(`table ip ${table}\ndelete table ip ${table}\n`)
}

function nft(rules: string): void {
  const { status, stderr, error } = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8', env: systemEnv() })
  if (status !== 0) throw new Error(`nft: ${error?.message ?? stderr.trim()}`)
}
