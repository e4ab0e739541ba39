import type { Command } from 'commander'
import { UserError } from '../../../cluster/user-error.ts'
import { cidr, port } from '../../flags.ts'

export interface ServiceFlags {
  serviceClusterIpRange: string
  serviceNodePortRange: string
}

/** The addresses and ports that Services get. */
export const services = {
  define(command: Command): void {
    command
      .option('--service-cluster-ip-range <cidr>', 'addresses of Services', cidr, '10.96.0.0/16')
      .option('--service-node-port-range <range>', 'node ports of Services', portRange, '30000-32767')
  },

  settings: (flags: ServiceFlags) => ({
    serviceCidr: flags.serviceClusterIpRange,
    nodePortRange: flags.serviceNodePortRange,
  }),
}

function portRange(text: string): string {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (from && to && port(from) <= port(to)) return text
  throw new UserError(`--service-node-port-range ${text}: give a range such as 30000-32767`)
}
