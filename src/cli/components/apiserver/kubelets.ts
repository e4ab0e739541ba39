import type { Command } from 'commander'
import { optionalFileOf, pairOf } from '../../flags.ts'

export interface KubeletFlags {
  kubeletClientCertificate?: string
  kubeletClientKey?: string
  kubeletCertificateAuthority?: string
}

/** How the server reaches kubelets. */
export const kubelets = {
  define(command: Command): void {
    command
      .option('--kubelet-client-certificate <file>', 'shown to kubelets, for logs and exec')
      .option('--kubelet-client-key <file>', 'its key')
      .option('--kubelet-certificate-authority <file>', "signs kubelets' certificates (default: not verified)")
  },

  settings(flags: KubeletFlags) {
    const pair = pairOf(
      ['--kubelet-client-certificate', flags.kubeletClientCertificate],
      ['--kubelet-client-key', flags.kubeletClientKey],
    )
    const ca = optionalFileOf('--kubelet-certificate-authority', flags.kubeletCertificateAuthority)
    return { ...(pair && { kubeletClient: { ...pair, ...(ca !== undefined && { ca }) } }) }
  },
}
