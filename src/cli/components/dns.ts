import { isIP } from 'node:net'
import type { Command } from 'commander'
import { untilSignal } from '../../cluster/processes/component.ts'
import { connected } from '../../cluster/processes/standalone.ts'
import { UserError } from '../../cluster/user-error.ts'
import { startDns } from '../../dns/dns.ts'
import { exitCodes, isVerbose, type Verbosity, withKubeconfig, withVerbosity } from '../flags.ts'

interface Address {
  host: string
  port: number
}

interface Flags extends Verbosity {
  kubeconfig?: string
  clusterDomain: string
  listen?: Address[]
  upstream?: string[]
}

export function define(command: Command): void {
  withVerbosity(withKubeconfig(command))
    .option('--cluster-domain <domain>', 'the domain of the cluster', 'cluster.local')
    .option('--listen <ip:port>', 'where it answers, UDP and TCP (repeatable; default: 0.0.0.0:53)', addresses)
    .option('--upstream <ip[:port]>', 'who knows other names (repeatable; default: those of /etc/resolv.conf)', servers)
    .addHelpText(
      'after',
      `${exitCodes}

Examples:
  k8ts dns --kubeconfig dns.conf --listen 10.244.0.1:53
  k8ts dns --kubeconfig dns.conf --listen 127.0.0.1:5353 --upstream 192.0.2.53`,
    )
    .action(async (flags: Flags) => {
      const { context, close } = connected({ ...flags, component: 'dns', verbose: isVerbose(flags) })
      const listen = flags.listen ?? [{ host: '0.0.0.0', port: 53 }]
      const server = await startDns(context, {
        domain: flags.clusterDomain,
        listen,
        ...(flags.upstream && { upstreams: flags.upstream }),
      }).catch((error: NodeJS.ErrnoException) => {
        throw error.syscall ? new UserError(`--listen: ${error.message}`) : error
      })
      context.log.info('answering', { listen: listen.map(({ host, port }) => `${host}:${port}`) })
      await untilSignal(async () => {
        await server.close()
        close()
      })
    })
}

function addresses(text: string, before: Address[] = []): Address[] {
  const [, host = '', port = ''] = /^(?:\[?([^\]]+?)\]?)?:(\d+)$/.exec(text) ?? []
  const address = { host: host || '0.0.0.0', port: Number(port) }
  if (isIP(address.host) && address.port > 0 && address.port < 65536) return [...before, address]
  throw new UserError(`--listen ${text}: give an address and a port, such as 127.0.0.1:53`)
}

function servers(text: string, before: string[] = []): string[] {
  if (isIP(text.replace(/:\d+$/, '')) || isIP(text)) return [...before, text]
  throw new UserError(`--upstream ${text}: give the address of a name server`)
}
