import { join } from 'node:path'
import { pathsOf } from './paths.ts'
import type { Settings } from './settings.ts'

/** Where the containerd of a cluster has its files. */
export function containerdOptions(settings: Settings) {
  const { containerd, run, logs } = pathsOf(settings.dataDir)
  return {
    root: join(containerd, 'root'),
    state: join(run, 'containerd'),
    socket: join(run, 'containerd.sock'),
    cniConf: cniDir(settings),
    log: join(logs, 'containerd.log'),
  }
}

/** Where containerd reads the network's configuration. */
export const cniDir = ({ dataDir }: Settings): string => join(pathsOf(dataDir).cni, 'net.d')
/** The nft table that lets pods reach the world. */
export const egressTable = ({ nftTable }: Settings): string => `${nftTable}-egress`
