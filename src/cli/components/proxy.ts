import type { Command } from 'commander'
import { untilSignal } from '../../cluster/processes/component.ts'
import { connected } from '../../cluster/processes/standalone.ts'
import { UserError } from '../../cluster/user-error.ts'
import { removeProxy, startProxy } from '../../proxy/proxy.ts'
import {
  cidr,
  duration,
  exitCodes,
  isVerbose,
  nodeNameOf,
  type Verbosity,
  wholeNumber,
  withKubeconfig,
  withVerbosity,
} from '../flags.ts'

interface Flags extends Verbosity {
  kubeconfig?: string
  clusterCidr?: string
  serviceCidr?: string
  hostnameOverride?: string
  nftTable: string
  nftablesSyncPeriod: number
  nftablesMasqueradeBit: number
  cleanup: boolean
}

export function define(command: Command): void {
  withVerbosity(withKubeconfig(command))
    .option('--cluster-cidr <cidr>', 'addresses of pods; who comes from elsewhere is masqueraded', cidr)
    .option('--service-cidr <cidr>', 'addresses of Services; those that nobody has are refused', cidr)
    .option('--hostname-override <name>', "this node's name (default: the host's)")
    .option('--nft-table <name>', 'the nft table to use', tableName, 'k8ts')
    .option('--nftables-sync-period <duration>', 'between looks whether the table still stands', duration, 30_000)
    .option('--nftables-masquerade-bit <bit>', 'which bit of the mark asks for masquerading', wholeNumber(0, 31), 14)
    .option('--cleanup', 'remove the table and end', false)
    .addHelpText(
      'after',
      `${exitCodes}

Examples:
  k8ts proxy --kubeconfig proxy.conf --cluster-cidr 10.244.0.0/16 --service-cidr 10.96.0.0/16
  k8ts proxy --cleanup`,
    )
    .action(async (flags: Flags) => {
      if (flags.cleanup) return removeProxy(flags.nftTable)
      if (flags.clusterCidr === undefined) throw new UserError('--cluster-cidr is needed: the addresses of pods')
      const nodeName = nodeNameOf(flags.hostnameOverride)
      const { context, close } = connected({ ...flags, component: 'proxy', host: nodeName, verbose: isVerbose(flags) })
      const proxy = startProxy(context, {
        nodeName,
        table: flags.nftTable,
        podCidr: flags.clusterCidr,
        ...(flags.serviceCidr && { serviceCidr: flags.serviceCidr }),
        mark: 2 ** flags.nftablesMasqueradeBit,
        checkMs: flags.nftablesSyncPeriod,
      })
      proxy.synced.then(() => context.log.info('all Services are routed', { table: flags.nftTable }))
      await untilSignal(async () => {
        proxy.stop()
        close()
      })
    })
}

function tableName(text: string): string {
  if (/^[a-zA-Z][a-zA-Z0-9/_.-]{0,63}$/.test(text)) return text
  throw new UserError(`--nft-table ${text}: use letters, digits, '-', '_', '.', beginning with a letter`)
}
