import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { credentialsOf } from '../pki/credentials.ts'
import { adminClient, recordFile, supervisorOf } from '../processes/clusters.ts'
import { membersOf, superviseHere } from '../processes/members.ts'
import { endProcess, recordOf, writeRecord } from '../processes/process.ts'
import { waitForNodes, waitForReadyz } from '../processes/readiness.ts'
import { endsOf, openLog, type Supervisor } from '../processes/supervisor.ts'
import { diskError } from '../settings/disk.ts'
import { pathsOf } from '../settings/paths.ts'
import { otherClusters, type Settings, saveSettings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { ensureBridge } from './bridge.ts'
import { cleanUp, loadCleanUp, purge, stopProcesses } from './down.ts'
import { installMissing } from './install.ts'
import { deadlineOf, interruption, type UpOptions, type UpReport } from './options.ts'

/**
 * Starts the processes of a cluster and waits until its API server and its nodes are ready. In the foreground it returns the
 * supervisor.
 * @throws UserError if it does not get ready; it then stops what it has started, and deletes a `fresh` cluster
 */
export async function start(
  settings: Settings,
  options: UpOptions,
  fresh: boolean,
  report: UpReport,
): Promise<Supervisor | undefined> {
  const real = settings.runtime === 'containerd'
  if (real && installMissing((text) => report.note(text))) report.done('packages installed')
  await takeName(settings.name, settings.dataDir)
  let supervisor: { stop(): Promise<void> } | undefined
  const patience = patienceOf(settings, options)
  try {
    saveSettings(settings)
    await credentialsOf(settings, Date.now())
    if (real) ensureBridge(settings)
    patience.check()
    report.done('certificates, settings')
    const here = options.detach ? undefined : superviseHere(settings, options.verbose)
    supervisor = here ?? startDetached(settings, options.verbose)
    await untilReady(settings, options, patience, report)
    if (here && real) await loadCleanUp()
    return here
  } catch (error) {
    await supervisor?.stop()
    await stopProcesses(settings)
    await cleanUp(settings, () => {})
    if (fresh) purge(settings)
    throw diskError(settings.dataDir, error)
  } finally {
    patience.end()
  }
}

async function untilReady(
  settings: Settings,
  options: UpOptions,
  { deadline, check }: Patience,
  report: UpReport,
): Promise<void> {
  if (!(await waitForReadyz(settings, deadline))) {
    check()
    throw notReady(settings, options)
  }
  report.done('control plane ready')
  const ready = await waitForNodes(adminClient(settings), settings.nodes, deadline)
  if (ready < settings.nodes) {
    check()
    const words = lastWords(settings, settings.runtime === 'containerd' ? 'node-agent' : 'control-plane')
    throw new UserError(`${ready} of ${settings.nodes} nodes are ready after ${options.timeoutSeconds} s${words}`)
  }
  report.done(settings.nodes === 1 ? 'node ready' : `${settings.nodes} nodes ready`)
}

/** The longest wait for a start. */
interface Patience {
  /** Aborted when the time is over, when the user wants no more of it, or when a member cannot start. */
  deadline: AbortSignal
  /** @throws UserError when the user has interrupted it, or a member cannot start */
  check(): void
  end(): void
}

function patienceOf(settings: Settings, options: UpOptions): Patience {
  const failure = new AbortController()
  const { run } = pathsOf(settings.dataDir)
  const members = membersOf(settings, options.verbose)
  // A member that keeps ending will not get better.
  const watching = setInterval(() => {
    const failed = members.find(({ name }) => endsOf(run, name) >= 4)
    if (failed) failure.abort(new UserError(`the ${failed.name} does not start${lastWords(settings, failed.name)}`))
  }, 50)
  return {
    deadline: AbortSignal.any([deadlineOf(options), failure.signal]),
    check() {
      if (options.interrupted.aborted) throw interruption()
      failure.signal.throwIfAborted()
    },
    end: () => clearInterval(watching),
  }
}

/**
 * The same name means the same bridge, table and cgroup. Removes what a stopped cluster of this name left.
 * @throws UserError when one runs.
 */
async function takeName(name: string, dataDir: string): Promise<void> {
  const other = otherClusters(dataDir).find((cluster) => cluster.name === name)
  if (!other) return
  if (supervisorOf(other)) {
    throw new UserError(
      `a cluster "${name}" runs with its data in ${other.dataDir}; choose another --name, or stop it: k8ts down --name ${name} --data-dir ${other.dataDir}`,
    )
  }
  await stopProcesses(other)
  await cleanUp(other, () => {})
}

function startDetached(settings: Settings, verbose: boolean): { stop(): Promise<void> } {
  const { logs } = pathsOf(settings.dataDir)
  mkdirSync(logs, { recursive: true })
  const log = openLog(join(logs, 'supervisor.log'))
  const args = ['supervise', '--name', settings.name, '--data-dir', settings.dataDir, ...(verbose ? ['-v'] : [])]
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  })
  closeSync(log)
  child.unref()
  const record = recordOf(child.pid ?? 0, Date.now())
  // It writes that itself when it has loaded: a `down` before that would not know of it.
  writeRecord(recordFile(settings, 'supervisor'), record)
  return { stop: () => endProcess(record, 'SIGTERM', 60_000) }
}

/** Why a cluster is not ready: the time is over, or the user has interrupted it. */
export const notReady = (settings: Settings, { interrupted, timeoutSeconds }: UpOptions) =>
  interrupted.aborted
    ? interruption()
    : new UserError(`the API server is not ready after ${timeoutSeconds} s${lastWords(settings, 'control-plane')}`)

/** The end of a log, for a message about a failed start. */
function lastWords(settings: Settings, name: string): string {
  const file = join(pathsOf(settings.dataDir).logs, `${name}.log`)
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  // The last line names the cause.
  const last = lines.findLast((line) => line.startsWith('k8ts: '))?.slice('k8ts: '.length) ?? lines.at(-1)
  return last ? `; its last words: ${last}` : ''
}
