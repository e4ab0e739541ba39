import type { Command } from 'commander'
import { pairOf } from '../../flags.ts'

export interface AggregationFlags {
  proxyClientCertFile?: string
  proxyClientKeyFile?: string
}

/** How the server reaches the API servers behind it. */
export const aggregation = {
  define(command: Command): void {
    command
      .option('--proxy-client-cert-file <file>', 'shown to aggregated API servers, as a front proxy')
      .option('--proxy-client-key-file <file>', 'its key')
  },

  settings(flags: AggregationFlags) {
    const proxyClient = pairOf(
      ['--proxy-client-cert-file', flags.proxyClientCertFile],
      ['--proxy-client-key-file', flags.proxyClientKeyFile],
    )
    return { ...(proxyClient && { proxyClient }) }
  },
}
