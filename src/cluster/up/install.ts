import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '../user-error.ts'

/** A node's requirements of the machine: a file that proves each, and its Debian package. */
const needs = [
  { what: 'containerd', package: 'containerd', found: () => onPath('containerd') },
  { what: 'runc', package: 'runc', found: () => onPath('runc') },
  { what: 'CNI plugins', package: 'containernetworking-plugins', found: () => cniPluginDir() !== undefined },
  { what: 'nft', package: 'nftables', found: () => onPath('nft') },
  { what: 'conntrack', package: 'conntrack', found: () => onPath('conntrack') },
  // The CNI plugin for host ports calls it.
  { what: 'iptables', package: 'iptables', found: () => onPath('iptables') },
  { what: 'ip', package: 'iproute2', found: () => onPath('ip') },
  { what: 'mount', package: 'mount', found: () => onPath('mount') },
]

const pathDirs = () => [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'])]
export const onPath = (program: string) => pathDirs().some((dir) => dir !== '' && existsSync(`${dir}/${program}`))

/** Where the bridge plugin is: Debian's place, or the one most installers use. */
const cniPluginDir = (): string | undefined =>
  ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'].find((dir) => existsSync(`${dir}/bridge`))

/**
 * Installs missing programs for running containers, with apt as root on Debian or Ubuntu. Returns whether it installed any.
 * @throws UserError that names what is missing and how to get it.
 */
export function installMissing(say: (text: string) => void): boolean {
  const missing = needs.filter((need) => !need.found())
  if (missing.length === 0) return false
  const packages = missing.map((need) => need.package)
  const what = missing.map((need) => need.what).join(', ')
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new UserError(
      `missing on this machine: ${what}. Debian/Ubuntu: apt-get install ${packages.join(' ')}; elsewhere install them with your package manager, or use --runtime simulated`,
    )
  }
  installPackages(packages, say)
  const still = missing.find((need) => !need.found())
  if (still) throw new UserError(`apt-get installed ${still.package}, but ${still.what} is still not found`)
  return true
}

/**
 * Installs Debian packages. The package lists are fetched only when the first try fails; services that a package would
 * start are not: the cluster runs its own.
 * @throws UserError with apt's last line.
 */
export function installPackages(packages: string[], say: (text: string) => void): void {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new UserError(`these packages are needed: ${packages.join(' ')}; install them first`)
  }
  say(`installing with apt-get: ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) => spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 600_000 })
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  const ownPolicy = !existsSync(servicePolicy)
  if (ownPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    if (apt(...args).status === 0) return
    apt('update', '-q')
    const { status, stderr, error } = apt(...args)
    if (status === 0) return
    const why = stderr?.trim().split('\n').at(-1) || error?.message || 'unknown error'
    throw new UserError(`apt-get install ${packages.join(' ')} failed: ${why}`)
  } finally {
    if (ownPolicy) rmSync(servicePolicy, { force: true })
  }
}

/** Debian asks this program whether a package's service may be started. */
const servicePolicy = '/usr/sbin/policy-rc.d'
