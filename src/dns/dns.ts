import { readFileSync } from 'node:fs'
import type { Context } from '../controller/controller.ts'
import { type DnsServer, serveDns } from './server.ts'
import { informedZone } from './zone.ts'

export interface StartDnsOptions {
  /** `cluster.local` */
  domain: string
  listen: { host: string; port: number }[]
  /** Default: the nameservers of this machine's /etc/resolv.conf. */
  upstreams?: string[]
}

/** The cluster's DNS: serves as soon as it knows all Services and endpoints. */
export async function startDns({ informers, log }: Context, options: StartDnsOptions): Promise<DnsServer> {
  const zone = informedZone(informers, options.domain)
  await zone.synced
  const own = new Set(options.listen.map(({ host }) => host))
  const upstreams = (options.upstreams ?? systemNameservers()).filter((server) => !own.has(server))
  return serveDns({ zone, listen: options.listen, upstreams, log })
}

function systemNameservers(): string[] {
  try {
    const text = readFileSync('/etc/resolv.conf', 'utf8')
    return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '')
  } catch {
    return []
  }
}
