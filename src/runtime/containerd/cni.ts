import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemEnv } from './processes.ts'

export interface CniOptions {
  /** The folder that containerd reads network configurations from; it has only this one. */
  dir: string
  /** Of the network: the cluster's. */
  name: string
  /** Of the bridge, at most 15 characters; made by the plugin when the first pod comes. */
  bridge: string
  podCidr: string
  mtu?: number
  /** Where the addresses in use are kept. Default: beside `dir`, with `-ipam`. */
  dataDir?: string
}

/** The folders where distributions put the CNI plugins. */
const binFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni', '/usr/local/lib/cni']
const plugins = ['bridge', 'host-local', 'portmap', 'loopback']

/** The folder with the CNI plugins that `writeCniConf` names; undefined: not installed. */
export const findCniBin = (): string | undefined =>
  binFolders.find((folder) => plugins.every((plugin) => existsSync(join(folder, plugin))))

/**
 * Writes the network's configuration: a bridge, addresses from the pod CIDR, host ports. Answers whether it changed.
 * No masquerading here, which would cost each pod's start four runs of iptables: see egress.ts.
 */
export function writeCniConf(options: CniOptions): boolean {
  const { dir, name, bridge, podCidr, mtu, dataDir = `${dir}-ipam` } = options
  if (bridge.length > 15) throw new Error(`bridge name "${bridge}" is longer than the 15 characters Linux allows`)
  const conf = {
    cniVersion: '0.4.0',
    name,
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        isDefaultGateway: true,
        // A pod reaches itself through its Service's address.
        hairpinMode: true,
        ...(mtu !== undefined && { mtu }),
        ipam: { type: 'host-local', dataDir, ranges: podCidr.split(',').map((subnet) => [{ subnet }]) },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  }
  mkdirSync(dir, { recursive: true })
  const file = join(dir, '10-k8ts.conflist')
  const text = `${JSON.stringify(conf, null, 2)}\n`
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
  return true
}

/** Deletes what remains of the network when its pods are gone: the bridge, addresses in use, cached results. */
export function removeCniNetwork({ dir, name, bridge, dataDir = `${dir}-ipam` }: Omit<CniOptions, 'podCidr'>): void {
  if (existsSync(`/sys/class/net/${bridge}`))
    spawnSync('ip', ['link', 'delete', bridge], { stdio: 'ignore', env: systemEnv() })
  rmSync(dataDir, { recursive: true, force: true })
  rmSync(dir, { recursive: true, force: true })
  // The CNI library's own cache, which all containerds share.
  for (const cache of ['/var/lib/cni/results', '/var/lib/cni/cache/results'])
    for (const file of existsSync(cache) ? readdirSync(cache) : [])
      if (file.startsWith(`${name}-`)) rmSync(join(cache, file), { force: true })
}
