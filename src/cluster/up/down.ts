import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeProxy } from '../../proxy/proxy.ts'
import { removeEgress } from '../../runtime/containerd/egress.ts'
import { processesWhere } from '../../runtime/containerd/processes.ts'
import { unmergeKubeconfig, userKubeconfig } from '../pki/kubeconfig.ts'
import { processNames, recordFile } from '../processes/clusters.ts'
import { endProcess, recordOf, runningProcess } from '../processes/process.ts'
import { cniDir, containerdOptions, egressTable } from '../settings/containerd.ts'
import { pathsOf } from '../settings/paths.ts'
import { type Settings, unlink } from '../settings/settings.ts'
import { removeBridge } from './bridge.ts'

const stopGraceMs = 60_000

/** Called for each finished step, in order. */
export type Report = (phase: string) => void

/** Ends the processes of a cluster: the supervisor ends the others; this ends any that it left. */
export async function stopProcesses(settings: Settings): Promise<boolean> {
  let any = false
  for (const name of processNames) {
    if (name === 'containerd') continue
    const file = recordFile(settings, name)
    const record = runningProcess(file)
    if (!record) continue
    any = true
    await endProcess(record, 'SIGTERM', stopGraceMs)
    rmSync(file, { force: true })
  }
  for (const pid of strays(settings)) {
    any = true
    await endProcess(recordOf(pid, Date.now()), 'SIGTERM', stopGraceMs)
  }
  return any
}

/** Processes without a record: their starter was killed at that moment, or the disk was full. */
function strays({ name, dataDir }: Settings): number[] {
  if (process.platform !== 'linux') return []
  return processesWhere((command) => {
    const at = command.findIndex((word) => ['supervise', 'control-plane', 'node-agent'].includes(word))
    const [, nameFlag, itsName, dirFlag, itsDir] = at < 0 ? [] : command.slice(at)
    return nameFlag === '--name' && itsName === name && dirFlag === '--data-dir' && itsDir === dataDir
  })
}

/**
 * Stops everything of a cluster and removes what it made on this machine; keeps its data, unless asked to delete them.
 * @throws UserError at the end, when the user's kubeconfig cannot be changed
 */
export async function down(settings: Settings, report: Report, { purged = false } = {}): Promise<void> {
  if (await stopProcesses(settings)) report('components stopped')
  await cleanUp(settings, report)
  const file = join(pathsOf(settings.dataDir).pki, 'ca.crt')
  const ca = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (purged) {
    purge(settings)
    report('data deleted')
  }
  if (ca !== undefined) unmergeKubeconfig(userKubeconfig(), settings.name, ca)
}

/**
 * With it comes gRPC, which starting a cluster does without. Who cleans up at its end loads it before: by then there may be
 * another bundle in this one's place.
 */
export const loadCleanUp = () => import('../../runtime/containerd/remove.ts')

/** Removes containers, mounts, network namespaces, interface, nft table and cgroups, each if it exists. */
export async function cleanUp(settings: Settings, report: Report): Promise<void> {
  if (settings.runtime !== 'containerd') return
  const paths = pathsOf(settings.dataDir)
  const { bridge, name } = settings
  const { removeEverything } = await loadCleanUp()
  await removeEverything({
    ...containerdOptions(settings),
    cni: { dir: cniDir(settings), name, bridge },
    graceSeconds: 2,
  })
  report('containers removed')
  unmountBelow(paths.kubelet)
  rmSync(paths.kubelet, { recursive: true, force: true })
  await removeProxy(settings.nftTable)
  removeEgress({ table: egressTable(settings) })
  removeBridge(settings)
  removeCgroups(settings.cgroup)
  report('network removed')
}

/** Deletes the data of a stopped cluster; keeps foreign files in its folder. */
export function purge(settings: Settings): void {
  unmountBelow(settings.dataDir)
  const paths = pathsOf(settings.dataDir)
  for (const path of [...Object.values(paths), `${paths.settings}.new`]) rmSync(path, { recursive: true, force: true })
  try {
    rmdirSync(settings.dataDir)
  } catch {
    // Something of the user's is in it, or it is a mount point.
  }
  unlink(settings)
}

function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4]?.replaceAll('\\040', ' ') ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
  // The innermost first.
  for (const point of mounts.sort((a, b) => b.length - a.length)) spawnSync('umount', ['-l', point])
}

/** Removes the cluster's cgroup in every hierarchy, the innermost first. */
function removeCgroups(name: string): void {
  const roots = ['/sys/fs/cgroup', ...subfolders('/sys/fs/cgroup')]
  for (const root of roots) removeCgroup(join(root, name))
}

function removeCgroup(folder: string): void {
  if (!existsSync(folder)) return
  for (const inner of subfolders(folder)) removeCgroup(inner)
  try {
    rmdirSync(folder)
  } catch {
    // A process is still ending in it; an empty cgroup does no harm.
  }
}

const subfolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
