import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
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
export async function startDns({ informers, log, clock }: Context, options: StartDnsOptions): Promise<DnsServer> {
  const own = new Set(options.listen.map(({ host }) => host))
  const zone = informedZone(informers, { domain: options.domain, addresses: [...own].flatMap(reachable), clock })
  await zone.synced
  const upstreams = (options.upstreams ?? systemNameservers()).filter((server) => !own.has(server))
  return serveDns({ zone, listen: options.listen, upstreams, log })
}

/** An address to listen on; those of this machine, where it listens on all of them. */
function reachable(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => address),
  )
}

function systemNameservers(): string[] {
  try {
    const text = readFileSync('/etc/resolv.conf', 'utf8')
    return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '')
  } catch {
    return []
  }
}
