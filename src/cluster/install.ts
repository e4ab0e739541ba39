import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { UserError } from './user-error.ts'

/** What a node needs from the machine: a file that shows it is there, and the Debian package that brings it. */
const needs = [
  { what: 'containerd', package: 'containerd', found: () => onPath('containerd') },
  { what: 'runc', package: 'runc', found: () => onPath('runc') },
  { what: 'CNI plugins', package: 'containernetworking-plugins', found: () => cniPluginDir() !== undefined },
  { what: 'nft', package: 'nftables', found: () => onPath('nft') },
  { what: 'conntrack', package: 'conntrack', found: () => onPath('conntrack') },
  { what: 'ip', package: 'iproute2', found: () => onPath('ip') },
  { what: 'mount', package: 'mount', found: () => onPath('mount') },
]

const pathDirs = () => [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'])]
const onPath = (program: string) => pathDirs().some((dir) => dir !== '' && existsSync(`${dir}/${program}`))

/** Where the bridge plugin is: Debian's place, or the one most installers use. */
export const cniPluginDir = (): string | undefined =>
  ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'].find((dir) => existsSync(`${dir}/bridge`))

/**
 * Installs what is missing for running containers, with apt where this is root on Debian or Ubuntu.
 * @throws UserError that says what is missing and how to get it.
 */
export function installMissing(say: (text: string) => void): void {
  const missing = needs.filter((need) => !need.found())
  if (missing.length === 0) return
  const packages = missing.map((need) => need.package)
  const what = missing.map((need) => need.what).join(', ')
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new UserError(
      `missing on this machine: ${what}. Debian/Ubuntu: apt-get install ${packages.join(' ')}; elsewhere install them with your package manager, or use --runtime simulated`,
    )
  }
  say(`installing with apt-get: ${packages.join(' ')}`)
  const failure = install(packages) ?? missing.find((need) => !need.found())?.what
  if (failure) throw new UserError(`apt-get install ${packages.join(' ')} did not work: ${failure}`)
}

/** Undefined when it worked. The package lists are fetched only when the first try fails. */
function install(packages: string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) => spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 600_000 })
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  if (apt(...args).status === 0) return undefined
  apt('update', '-q')
  const second = apt(...args)
  return second.status === 0 ? undefined : (second.stderr.trim().split('\n').at(-1) ?? 'unknown error')
}
