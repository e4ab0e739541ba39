import { spawnSync } from 'node:child_process'

export type Nft = (args: string[]) => string

const nft: Nft = (args) => spawnSync('nft', args, { encoding: 'utf8' }).stdout ?? ''

/**
 * The service ranges of the running clusters on this machine, read from their nft tables. Two clusters with one range would
 * answer each other's pods, and another cluster's data folder may be unknown to us.
 */
export function serviceRangesInKernel(run: Nft = nft): string[] {
  const tables = [...run(['list', 'tables']).matchAll(/^table ip (k8ts\S*)$/gm)].map(([, table = '']) => table)
  return tables.flatMap((table) =>
    [...run(['list', 'chain', 'ip', table, 'unknown-services']).matchAll(/ip daddr (\d[\d.]*\/\d+) reject/g)].map(
      ([, range = '']) => range,
    ),
  )
}
