import { type Command, Option } from 'commander'
import { UserError } from '../../../cluster/user-error.ts'
import { cidr, port } from '../../flags.ts'
import type { StorageFlags } from './storage.ts'

export interface ServiceFlags {
  serviceClusterIpRange: string
  serviceNodePortRange: string
  endpointReconcilerType: 'lease' | 'none'
}

/** The addresses and ports that Services get. */
export const services = {
  define(command: Command): void {
    command
      .option('--service-cluster-ip-range <cidr>', 'addresses of Services', cidr, '10.96.0.0/16')
      .option('--service-node-port-range <range>', 'node ports of Services', portRange, '30000-32767')
      .addOption(
        new Option(
          '--endpoint-reconciler-type <type>',
          'where the Service kubernetes leads: all live servers, or nowhere',
        )
          .choices(['lease', 'none'])
          .default('lease'),
      )
  },

  settings: (flags: ServiceFlags & Pick<StorageFlags, 'etcdServers'>) => ({
    serviceCidr: flags.serviceClusterIpRange,
    nodePortRange: flags.serviceNodePortRange,
    endpoints: endpointsOf(flags),
  }),
}

/** Only etcd may be shared with other servers. */
function endpointsOf({ endpointReconcilerType: type, etcdServers }: ServiceFlags & Pick<StorageFlags, 'etcdServers'>) {
  if (type === 'none') return 'none' as const
  return etcdServers ? ('of all servers' as const) : ('of this server' as const)
}

function portRange(text: string): string {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (from && to && port(from) <= port(to)) return text
  throw new UserError(`--service-node-port-range ${text}: give a range such as 30000-32767`)
}
