import { type Command, InvalidArgumentError } from 'commander'
import { list, optionalFileOf, pairOf } from '../../flags.ts'

export interface KubeletFlags {
  kubeletClientCertificate?: string
  kubeletClientKey?: string
  kubeletCertificateAuthority?: string
  kubeletPreferredAddressTypes?: string[]
}

/** How the server reaches kubelets. */
export const kubelets = {
  define(command: Command): void {
    command
      .option('--kubelet-client-certificate <file>', 'shown to kubelets, for logs and exec')
      .option('--kubelet-client-key <file>', 'its key')
      .option('--kubelet-certificate-authority <file>', "signs kubelets' certificates (default: not verified)")
      .option('--kubelet-preferred-address-types <types>', 'addresses of nodes to try, in order', addressTypes)
  },

  settings(flags: KubeletFlags) {
    const pair = pairOf(
      ['--kubelet-client-certificate', flags.kubeletClientCertificate],
      ['--kubelet-client-key', flags.kubeletClientKey],
    )
    const ca = optionalFileOf('--kubelet-certificate-authority', flags.kubeletCertificateAuthority)
    const { kubeletPreferredAddressTypes: types } = flags
    return {
      ...(pair && { kubeletClient: { ...pair, ...(ca !== undefined && { ca }) } }),
      ...(types && { kubeletAddressTypes: types }),
    }
  },
}

const known = ['Hostname', 'InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS']

function addressTypes(text: string): string[] {
  const types = list(text)
  if (types.length > 0 && types.every((type) => known.includes(type))) return types
  throw new InvalidArgumentError(`Give some of ${known.join(', ')}.`)
}
