import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectRuntime } from '../cri/cri.ts'
import { removeCgroup } from './cgroup.ts'
import { type CniOptions, removeCniNetwork } from './cni.ts'
import {
  type ContainerdOptions,
  type ContainerdPlace,
  configFile,
  startContainerd,
  stopContainerd,
} from './containerd.ts'
import { unmountUnder } from './machine.ts'
import { endProcesses, processesWhere, processTree } from './processes.ts'

export interface RemoveOptions extends ContainerdOptions {
  /** The network to remove with it. */
  cni?: Omit<CniOptions, 'podCidr'>
  /** The cgroup below which its pods have theirs, as `/k8ts`; removed with what is below it. */
  cgroupParent?: string
  /** Seconds that containers get between SIGTERM and SIGKILL. Default 10. */
  graceSeconds?: number
  /** Also images and everything else in root. Default false. */
  purge?: boolean
}

/**
 * Removes every pod, process, mount, network namespace and bridge of this containerd. Idempotent. Starts a dead
 * containerd once more, since only it can take networks down in order; if that fails, kills its processes.
 */
export async function removeEverything(options: RemoveOptions): Promise<void> {
  const { root, state, cni, cgroupParent, graceSeconds = 10, purge = false } = options
  if (existsSync(configFile(options)) && existsSync(state) && existsSync(options.cniConf)) {
    try {
      await startContainerd(options)
      await removePods(options.socket, graceSeconds)
    } catch {
      // The code below removes the rest; but iptables rules of host ports need the CNI plugins, and stay.
    }
  }
  await stopContainerd(options)
  await killShims(options)
  for (const file of shimSockets(state)) rmSync(file, { force: true })
  unmountUnder(state)
  unmountUnder(root)
  if (cni) removeCniNetwork(cni)
  if (cgroupParent) removeCgroup(cgroupParent)
  rmSync(options.socket, { force: true })
  rmSync(`${options.socket}.ttrpc`, { force: true })
  rmSync(state, { recursive: true, force: true })
  if (purge) rmSync(root, { recursive: true, force: true })
}

async function removePods(socket: string, graceSeconds: number): Promise<void> {
  const runtime = await connectRuntime({ socket })
  try {
    const containers = await runtime.listContainers()
    await Promise.allSettled(containers.map(({ id }) => runtime.stopContainer(id, graceSeconds)))
    const sandboxes = await runtime.listPodSandbox()
    await Promise.allSettled(
      sandboxes.map(async ({ id }) => {
        await runtime.stopPodSandbox(id)
        await runtime.removePodSandbox(id)
      }),
    )
  } finally {
    await runtime.close()
  }
}

/** containerd's shims are known by the socket they report to. */
const shimsOf = ({ socket }: ContainerdPlace) =>
  processesWhere(([program = '', ...args]) => program.includes('containerd-shim') && args.includes(socket))

async function killShims(place: ContainerdPlace): Promise<void> {
  const shims = shimsOf(place)
  // The shim first: it would report each death to a containerd that is gone.
  await endProcesses(shims.flatMap(processTree), 0)
}

/** The sockets of shims that could not delete them; they are outside of the state folder, in one for all containerds. */
function shimSockets(state: string): string[] {
  const tasks = join(state, 'io.containerd.runtime.v2.task/k8s.io')
  return (existsSync(tasks) ? readdirSync(tasks) : []).flatMap((id) => {
    const address = join(tasks, id, 'address')
    return existsSync(address)
      ? [
          readFileSync(address, 'utf8')
            .trim()
            .replace(/^unix:\/\//, ''),
        ]
      : []
  })
}
