import { hostname } from 'node:os'
import type { Command } from 'commander'
import { selfSigned } from '../../../cluster/processes/standalone.ts'
import { addressIn } from '../../../cluster/settings/addresses.ts'
import { primaryAddress } from '../../../cluster/settings/machine.ts'
import { ipv4, pairOf, port } from '../../flags.ts'
import type { ServiceFlags } from './services.ts'

export interface ServingFlags {
  securePort: number
  bindAddress: string
  advertiseAddress?: string
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
}

/** Where the server listens, and its own certificate. */
export const serving = {
  define(command: Command): void {
    command
      .option('--secure-port <port>', 'where it serves HTTPS', port, 6443)
      .option('--bind-address <ip>', 'the address to listen on', ipv4, '0.0.0.0')
      .option(
        '--advertise-address <ip>',
        'where pods reach it (default: --bind-address, or that of this machine)',
        ipv4,
      )
      .option('--tls-cert-file <file>', 'its certificate (default: one that nobody vouches for)')
      .option('--tls-private-key-file <file>', 'its key')
  },

  async settings(flags: ServingFlags & Pick<ServiceFlags, 'serviceClusterIpRange'>) {
    const { bindAddress, securePort, serviceClusterIpRange } = flags
    const advertise = flags.advertiseAddress ?? (bindAddress === '0.0.0.0' ? primaryAddress() : bindAddress)
    const serviceIp = addressIn(serviceClusterIpRange, 1)
    const tls =
      pairOf(['--tls-cert-file', flags.tlsCertFile], ['--tls-private-key-file', flags.tlsPrivateKeyFile]) ??
      (await selfSigned('kube-apiserver', [...serviceNames, hostname()], ['127.0.0.1', advertise, serviceIp]))
    return { hosts: [bindAddress], port: securePort, tls, advertise }
  },
}

const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']
