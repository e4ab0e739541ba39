import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { cidrOf, overlaps } from '../../api/ip.ts'
import { UserError } from '../user-error.ts'

/** The IPv4 address other machines see, or loopback where there is no network. */
export function primaryAddress(): string {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(lo|k8ts|docker|cni|veth|virbr)/.test(name)) continue
    const address = addresses?.find((a) => a.family === 'IPv4' && !a.internal)
    if (address) return address.address
  }
  return '127.0.0.1'
}

/** The first /16 from `a.b.0.0` on that neither another cluster nor an interface of this machine uses. */
export function freeCidr(a: number, b: number, taken: string[]): string {
  const used = [...taken, ...ownAddresses().map((address) => `${address}/32`)].map(cidrOf)
  for (let octet = b; octet < 256; octet++) {
    const cidr = `${a}.${octet}.0.0/16`
    if (!used.some((other) => overlaps(other, cidrOf(cidr)))) return cidr
  }
  throw new UserError(`no free range was found from ${a}.${b}.0.0/16 on; give --pod-cidr and --service-cidr`)
}

/** The IPv4 addresses of this machine; on Linux also those of bridges that nothing is plugged into yet. */
function ownAddresses(): string[] {
  const plugged = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  const { stdout } = spawnSync('ip', ['-4', '-brief', 'address'], { encoding: 'utf8' })
  const all = [...(stdout ?? '').matchAll(/(\d+(?:\.\d+){3})\//g)].map(([, address = '']) => address)
  return [...new Set([...plugged.filter((address) => !address.includes(':')), ...all])]
}

/** `wanted`, or the next free port. */
export async function freePort(wanted: number, hosts: string[], reserved: Set<number>): Promise<number> {
  for (let port = wanted; port < Math.min(wanted + 200, 65536); port++) {
    if (!reserved.has(port) && (await canListen(port, hosts))) return port
  }
  throw new UserError(`no free port from ${wanted} on`)
}

/** Whether a port is free at all of the addresses. */
export async function canListen(port: number, hosts: string[]): Promise<boolean> {
  for (const host of new Set(hosts)) if (!(await canListenAt(port, host))) return false
  return true
}

function canListenAt(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') resolve(false)
      else if (code === 'EACCES') reject(new UserError(`port ${port} needs root; choose one from 1024 on`))
      else reject(new UserError(`--listen ${host}: this machine has no such address`))
    })
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
