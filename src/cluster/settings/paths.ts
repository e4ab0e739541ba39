import { existsSync, realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../user-error.ts'

/** The files of a cluster below its data folder. */
export const pathsOf = (dataDir: string) => ({
  settings: join(dataDir, 'cluster.json'),
  store: join(dataDir, 'store'),
  pki: join(dataDir, 'pki'),
  kubeconfigs: join(dataDir, 'kubeconfig'),
  adminKubeconfig: join(dataDir, 'kubeconfig', 'admin.conf'),
  logs: join(dataDir, 'logs'),
  run: join(dataDir, 'run'),
  kubelet: join(dataDir, 'kubelet'),
  containerd: join(dataDir, 'containerd'),
  cni: join(dataDir, 'cni'),
  manifests: join(dataDir, 'manifests'),
  podLogs: join(dataDir, 'pods-logs'),
})

/** A cluster's data folder: /var/lib/k8ts/NAME as root, else ~/.local/share/k8ts/NAME. */
export function dataDirOf(name: string, dataDir?: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new UserError(
      `--name ${name}: use up to 40 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
    )
  }
  if (dataDir === '') throw new UserError('--data-dir is empty: give a folder, or leave it out')
  if (dataDir) return resolve(dataDir)
  const dir = join(dataFolder(), name)
  // Of a cluster whose data are elsewhere, there is a link.
  return existsSync(dir) ? realpathSync(dir) : dir
}

/** The folder of this user's clusters, unless `--data-dir` names another. */
export const dataFolder = (): string => (isRoot() ? '/var/lib/k8ts' : join(homeFolder(), '.local/share/k8ts'))

export const isRoot = () => process.getuid?.() === 0

/** The user's home: $HOME, or the system's entry if that is empty. */
export const homeFolder = (): string => homedir() || userInfo().homedir
