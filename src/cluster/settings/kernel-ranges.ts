import { spawnSync } from 'node:child_process'

export type Nft = (args: string[]) => string

const nft: Nft = (args) => spawnSync('nft', args, { encoding: 'utf8' }).stdout ?? ''

/**
 * The service ranges of the clusters that run on this machine, read from their nft tables. Two clusters with one range
 * would answer each other's pods, and a cluster may keep its data where no other one looks.
 */
export function serviceRangesInKernel(run: Nft = nft): string[] {
  const tables = [...run(['list', 'tables']).matchAll(/^table ip (k8ts\S*)$/gm)].map(([, table = '']) => table)
  return tables.flatMap((table) =>
    [...run(['list', 'chain', 'ip', table, 'unknown-services']).matchAll(/ip daddr (\d[\d.]*\/\d+) reject/g)].map(
      ([, range = '']) => range,
    ),
  )
}
