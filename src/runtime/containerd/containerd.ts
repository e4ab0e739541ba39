import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connectRuntime } from '../cri/cri.ts'
import { loadPackedImage } from '../image/load.ts'
import { pauseImage, pauseImageName } from '../image/pause-image.ts'
import { type Runtime, RuntimeError } from '../runtime.ts'
import { until } from '../wait.ts'
import { findCniBin } from './cni.ts'
import { containerdConfig } from './config.ts'
import { canLowerOomScore, overlayfsWorks } from './machine.ts'
import { commandLine, endProcesses, isAlive, processesWhere, systemEnv } from './processes.ts'

/** Where a containerd of our own lives. */
export interface ContainerdPlace {
  /** Images and snapshots. */
  root: string
  /** Running containers; gone after a restart of the machine. Keep it short: sockets' paths have 107 characters. */
  state: string
  socket: string
}

export interface ContainerdOptions extends ContainerdPlace {
  /** The folder with the CNI configuration; see `writeCniConf`. */
  cniConf: string
  /** Default: where the distribution has put the plugins. */
  cniBin?: string
  /** Default: our own, which is loaded. */
  sandboxImage?: string
  /** File for containerd's log. */
  log: string
}

export interface Containerd {
  pid: number
  socket: string
  /** True when it was running already. */
  reused: boolean
  snapshotter: string
  /** Ends containerd. Containers keep running; the next start finds them. */
  stop(): Promise<void>
}

/**
 * Starts a containerd of our own, or takes over the one that runs in the same place. It outlives this process, and its
 * containers outlive it. Resolves when CRI answers and the sandbox image is there; fails with the end of its log.
 */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { root, state, socket, cniConf, sandboxImage = pauseImageName, log } = options
  const cniBin = options.cniBin ?? findCniBin()
  if (!cniBin) throw new Error('the CNI plugins (bridge, host-local, portmap, loopback) are not installed')
  for (const folder of [root, state, dirname(socket), dirname(log)]) mkdirSync(folder, { recursive: true, mode: 0o711 })

  const file = configFile(options)
  const old = existsSync(file) ? readFileSync(file, 'utf8') : ''
  // Images are unpacked for one snapshotter: once chosen, it stays.
  const snapshotter = /^snapshotter = "(.+)"$/m.exec(old)?.[1] ?? (overlayfsWorks(root) ? 'overlayfs' : 'native')
  const restrictOomScoreAdj = !canLowerOomScore()
  const config = containerdConfig({
    root,
    state,
    socket,
    cniConf,
    cniBin,
    sandboxImage,
    snapshotter,
    restrictOomScoreAdj,
  })

  const running = containerdPid(options)
  const reused = running !== undefined && old === config
  // Another configuration: containers keep running meanwhile.
  if (running !== undefined && !reused) await endProcesses([running], 10_000)
  writeFileSync(file, config)
  const pid = reused ? running : launch(options)
  const runtime = await answering(pid, socket, log)
  try {
    if (sandboxImage === pauseImageName && !(await runtime.imageStatus(pauseImageName))) await loadPause(socket)
  } finally {
    await runtime.close()
  }
  return { pid, socket, reused, snapshotter, stop: () => stopContainerd(options) }
}

/** The process that runs in this place, if there is one. */
export function containerdPid(place: ContainerdPlace): number | undefined {
  const file = pidFile(place)
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  // The number may be another process's by now; or it was not written, because the process that started containerd was killed.
  if (pid > 0 && isAlive(pid) && commandLine(pid).includes(configFile(place))) return pid
  return processesWhere(([program, ...args]) => program === 'containerd' && args.includes(configFile(place))).find(
    isAlive,
  )
}

/** Ends containerd, not its containers. Idempotent. */
export async function stopContainerd(place: ContainerdPlace): Promise<void> {
  const pid = containerdPid(place)
  if (pid !== undefined) await endProcesses([pid], 10_000)
  rmSync(pidFile(place), { force: true })
}

/** In the root folder, which also says which snapshotter the images there are for. */
export const configFile = ({ root }: Pick<ContainerdPlace, 'root'>): string => join(root, 'containerd.toml')
const pidFile = ({ state }: Pick<ContainerdPlace, 'state'>) => join(state, 'containerd.pid')

function launch(options: ContainerdOptions): number {
  const log = openSync(options.log, 'a', 0o640)
  try {
    // A socket without a listener is of no use; containerd makes its own.
    rmSync(options.socket, { force: true })
    const child = spawn('containerd', ['--config', configFile(options)], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: systemEnv(),
    })
    // Without a listener a missing program would end this process; `answering` reports it.
    child.on('error', () => {})
    child.unref()
    if (child.pid === undefined) throw new Error(noProgram())
    writeFileSync(pidFile(options), String(child.pid))
    return child.pid
  } finally {
    closeSync(log)
  }
}

const noProgram = () => {
  const { error } = spawnSync('containerd', ['--version'], { env: systemEnv() })
  return `containerd cannot be started: ${error?.message ?? 'unknown reason'}`
}

/** Resolves with a connection as soon as CRI answers that it is ready. */
async function answering(pid: number, socket: string, log: string): Promise<Runtime> {
  const runtime = await until(async () => {
    if (!isAlive(pid)) throw new Error(`containerd ended at once: ${lastLines(log)}`)
    // Connecting before the socket is there would run into gRPC's back-off.
    return existsSync(socket) && (await readyRuntime(socket))
  }, 60_000).catch((error: unknown) => {
    if (error instanceof RuntimeError) throw new Error(`containerd has no CRI service: ${lastLines(log)}`)
    throw error
  })
  if (!runtime) throw new Error(`containerd does not answer on ${socket}: ${lastLines(log)}`)
  return runtime
}

/** Undefined: not yet. A containerd that has no CRI service will not get one. */
async function readyRuntime(socket: string): Promise<Runtime | undefined> {
  const runtime = await connectRuntime({ socket }).catch((error: unknown) => {
    if (error instanceof RuntimeError && error.code === 'Unimplemented') throw error
    return undefined
  })
  const status = await runtime?.status().catch(() => undefined)
  if (status?.runtimeReady.status) return runtime
  await runtime?.close()
  return undefined
}

async function loadPause(socket: string): Promise<void> {
  const image = await pauseImage()
  try {
    await loadPackedImage(socket, image)
  } finally {
    image.remove()
  }
}

const lastLines = (log: string) =>
  existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('; ') : ''
