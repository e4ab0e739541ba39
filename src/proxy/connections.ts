import { networkInterfaces } from 'node:os'
import { runCommand } from './command.ts'
import type { RoutedPort } from './service-ports.ts'

/**
 * Makes the kernel forget the UDP connections that these ports would now route differently. UDP connections do not end: a
 * client would keep sending to a removed endpoint, or to none if it began before the Service had one.
 */
export async function forgetStaleConnections(ports: RoutedPort[]): Promise<void> {
  const dump = await runCommand('conntrack', ['-L', '-p', 'udp'])
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)))
  for (const { src, dst, sport, dport } of staleConnections(dump, ports, own)) {
    const which = ['--orig-src', src, '--orig-dst', dst, '--orig-port-src', sport, '--orig-port-dst', dport]
    // It fails if the entry has expired meanwhile.
    await runCommand('conntrack', ['-D', '-p', 'udp', ...which]).catch(() => {})
  }
}

interface Connection {
  src: string
  dst: string
  sport: string
  dport: string
}

/** Entries of conntrack's list whose target none of the ports has; `own`: the addresses of this node. */
export function staleConnections(dump: string, ports: RoutedPort[], own: ReadonlySet<string>): Connection[] {
  const byAddress = new Map<string, RoutedPort>()
  const byNodePort = new Map<string, RoutedPort>()
  for (const port of ports.filter(({ protocol }) => protocol === 'udp')) {
    for (const ip of [port.clusterIp, ...port.externalIps, ...port.balancerIps]) {
      byAddress.set(`${ip}:${port.port}`, port)
    }
    if (port.nodePort) byNodePort.set(String(port.nodePort), port)
  }
  return dump.split('\n').flatMap((line) => {
    const [original, reply] = [...line.matchAll(tuple)].map(([, src = '', dst = '', sport = '', dport = '']) => ({
      src,
      dst,
      sport,
      dport,
    }))
    if (!original || !reply) return []
    const port =
      byAddress.get(`${original.dst}:${original.dport}`) ??
      (own.has(original.dst) ? byNodePort.get(original.dport) : undefined)
    if (!port) return []
    const leadsToOne = [...port.everywhere, ...port.here].some(
      (target) => target.ip === reply.src && String(target.port) === reply.sport,
    )
    return leadsToOne ? [] : [original]
  })
}

const tuple = /src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g
