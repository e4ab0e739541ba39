import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { systemClock } from '../../api/clock.ts'
import { type Service, Services } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import { type Applied, apply } from '../../client/manifests/apply.ts'
import { type FindResource, type ManifestObject, titleOf } from '../../client/manifests/manifests.ts'
import { waitForRollout } from '../../client/manifests/rollout.ts'
import { discoverVersions } from '../../client/node/discovery.ts'
import { credentialsOf } from '../pki/credentials.ts'
import { checkKubeconfig, hasContext, mergeKubeconfig, userKubeconfig } from '../pki/kubeconfig.ts'
import { adminClient, recordFile, supervisorOf } from '../processes/clusters.ts'
import { membersOf, superviseHere } from '../processes/members.ts'
import { endProcess, holding, recordOf, writeRecord } from '../processes/process.ts'
import { waitForNodes, waitForReadyz } from '../processes/readiness.ts'
import { endsOf, openLog, type Supervisor } from '../processes/supervisor.ts'
import {
  canListen,
  checkNodes,
  chooseSettings,
  dataDirOf,
  diskError,
  loadSettings,
  otherClusters,
  pathsOf,
  type Settings,
  saveSettings,
  type Wishes,
} from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { ensureBridge } from './bridge.ts'
import { cleanUp, down, loadCleanUp, purge, stopProcesses } from './down.ts'
import { installMissing } from './install.ts'
import { isUnasked, perhapsServed, readManifests } from './manifests.ts'
import { type ImageRecipe, readProject } from './project.ts'
import { projectFilesOf } from './project-files.ts'

export interface UpOptions extends Wishes {
  manifests: string[]
  detach: boolean
  merge: boolean
  verbose: boolean
  timeoutSeconds: number
  /** Aborted when the user wants no more of it. */
  interrupted: AbortSignal
}

/** How `up` tells what it does. */
export interface UpReport {
  /** A phase has ended well. */
  done(phase: string): void
  note(text: string): void
}

export interface UpResult {
  settings: Settings
  wasRunning: boolean
  kubeconfig: string
  objects: { object: string; result: Applied }[]
  urls: { service: string; url: string }[]
  /** In the foreground: the supervisor, to be stopped at the end. */
  supervisor?: Supervisor
}

/**
 * Starts a cluster, or finds it running, applies manifests and waits for their rollout. What was started is stopped again
 * when that fails, and deleted again when it was new; a rollout that is late leaves the cluster as it is, to be looked at.
 */
export async function up(options: UpOptions, report: UpReport): Promise<UpResult> {
  const dataDir = dataDirOf(options.name, options.dataDir)
  const before = loadSettings(options.name, dataDir)
  // Everything that can be wrong with the input is found before anything is started, but what only the cluster knows.
  const given = readManifests(options.manifests, before && perhapsServed)
  const recipes = projectFilesOf(options.manifests, (text) => report.note(text)).flatMap(readProject)

  const wasRunning = before !== undefined && supervisorOf(before) !== undefined
  if (wasRunning) report.note(`the cluster "${options.name}" is running already`)
  if (before) checkUnchanged(options, before)
  if (options.merge) checkKubeconfig(userKubeconfig())
  if (wasRunning) {
    tellUnused(options, before, report)
    // Another `up` that was killed may have started it a moment ago.
    if (!(await waitForReadyz(before, deadlineOf(options)))) throw notReady(before, options)
  }
  const { settings, supervisor } = wasRunning
    ? { settings: before, supervisor: undefined }
    : await alone(options.name, async () => {
        const settings = await settle(options, dataDir, before, report)
        return { settings, supervisor: await start(settings, options, before === undefined, report) }
      })

  try {
    const kubeconfig = pathsOf(dataDir).adminKubeconfig
    if (options.merge && !(wasRunning && hasContext(userKubeconfig(), settings.name))) await mergeAccess(settings)
    const manifests = given.some(isUnasked) ? readManifests(options.manifests, await servedBy(settings)) : given
    const objects = await run(settings, manifests, recipes, options, report)
    const urls = await nodePortUrls(settings, manifests)
    return { settings, wasRunning, kubeconfig, objects, urls, ...(supervisor && { supervisor }) }
  } catch (error) {
    const late = error instanceof RolloutLate
    if (!wasRunning && !(late && options.detach)) {
      const purged = before === undefined && !late
      await supervisor?.stop()
      await down(settings, () => {}, { purged })
      if (late) report.note('the cluster was stopped; its data stay, and with --detach it would go on')
      else report.note(purged ? 'nothing of the cluster was left' : 'the cluster was stopped again; its data stay')
    } else if (!wasRunning) report.note(`the cluster goes on; to stop it: k8ts down --name ${options.name}`)
    throw options.interrupted.aborted ? interruption() : error
  }
}

/** Finds what the cluster serves at present: kinds that it was taught before. */
async function servedBy(settings: Settings): Promise<FindResource> {
  const resources = await discoverVersions(adminClient(settings).transport)
  return (apiVersion, kind) =>
    resources.find(({ type }) => type.apiVersion === apiVersion && type.kind === kind)?.type as ResourceType | undefined
}

/** Everything is applied, and not everything runs yet. */
class RolloutLate extends UserError {}

/** Two that start one cluster at the same time would undo each other's work. */
const alone = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  holding(
    join(tmpdir(), `k8ts-up-${process.getuid?.() ?? 0}-${name}.lock`),
    (pid) => new UserError(`another \`k8ts up\` is starting the cluster "${name}" (process ${pid})`),
    work,
  )

const notReady = (settings: Settings, { interrupted, timeoutSeconds }: UpOptions) =>
  interrupted.aborted
    ? interruption()
    : new UserError(`the API server is not ready after ${timeoutSeconds} s${lastWords(settings, 'control-plane')}`)

const interruption = () => new UserError('interrupted', 130)

/** Aborted when the time of one phase is over, or by the user. */
const deadlineOf = ({ timeoutSeconds, interrupted }: UpOptions): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), interrupted])

/** What a running cluster takes up at its next start only. */
function tellUnused(options: UpOptions, before: Settings, report: UpReport): void {
  for (const [flag, asked, present] of [
    ['--nodes', options.nodes, before.nodes],
    ['--api-port', options.apiPort, before.apiPort],
    ['--listen', options.listen, before.listen],
  ] as const) {
    if (asked === undefined || asked === present) continue
    report.note(`${flag} stays ${present} while it runs; to change it: k8ts down --name ${before.name}, then up again`)
  }
}

/** @throws UserError when something is asked for that cannot change any more. */
function checkUnchanged(options: UpOptions, before: Settings): void {
  checkNodes(before.runtime, options)
  for (const [flag, asked, present] of [
    ['--pod-cidr', options.podCidr, before.podCidr],
    ['--service-cidr', options.serviceCidr, before.serviceCidr],
    ['--runtime', options.runtime === 'auto' ? undefined : options.runtime, before.runtime],
  ] as const) {
    if (asked !== undefined && asked !== present) {
      throw new UserError(
        `${flag} is ${present} in ${before.dataDir} and cannot change; remove the cluster first: k8ts down --purge --name ${before.name}`,
      )
    }
  }
}

/**
 * The same name means the same bridge, table and cgroup. What a stopped cluster of this name left is taken away.
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

/** The settings to start with: those of last time, or new ones. */
async function settle(
  options: UpOptions,
  dataDir: string,
  before: Settings | undefined,
  report: UpReport,
): Promise<Settings> {
  if (!before) {
    if (existsSync(pathsOf(dataDir).store)) {
      throw new UserError(
        `${dataDir} holds a store but no cluster.json; restore that file or choose another --data-dir`,
      )
    }
    return chooseSettings(options, dataDir, (text) => report.note(text))
  }
  await stopProcesses(before)
  const nodes = before.runtime === 'simulated' ? (options.nodes ?? before.nodes) : 1
  const settings = {
    ...before,
    nodes,
    listen: options.listen ?? before.listen,
    apiPort: options.apiPort ?? before.apiPort,
  }
  // Somebody may have taken its ports meanwhile.
  const wishes = { ...options, runtime: before.runtime, apiPort: settings.apiPort, listen: settings.listen }
  const { apiPort, kubeletPort } = await chooseSettings(wishes, dataDir, (text) => report.note(text))
  return {
    ...settings,
    apiPort,
    kubeletPort: (await canListen(before.kubeletPort, ['0.0.0.0'])) ? before.kubeletPort : kubeletPort,
  }
}

async function start(
  settings: Settings,
  options: UpOptions,
  fresh: boolean,
  report: UpReport,
): Promise<Supervisor | undefined> {
  const real = settings.runtime === 'containerd'
  if (real && installMissing((text) => report.note(text))) report.done('packages installed')
  await takeName(settings.name, settings.dataDir)
  let supervisor: { stop(): Promise<void> } | undefined
  const failure = new AbortController()
  const deadline = AbortSignal.any([deadlineOf(options), failure.signal])
  const { run } = pathsOf(settings.dataDir)
  const members = membersOf(settings, options.verbose)
  // A member that keeps ending will not get better.
  const watching = setInterval(() => {
    const failed = members.find(({ name }) => endsOf(run, name) >= 4)
    if (failed) failure.abort(new UserError(`the ${failed.name} does not start${lastWords(settings, failed.name)}`))
  }, 50)
  const check = () => {
    if (options.interrupted.aborted) throw interruption()
    failure.signal.throwIfAborted()
  }
  try {
    saveSettings(settings)
    await credentialsOf(settings, Date.now())
    if (real) ensureBridge(settings)
    check()
    report.done('certificates, settings')
    const here = options.detach ? undefined : superviseHere(settings, options.verbose)
    supervisor = here ?? startDetached(settings, options.verbose)
    if (!(await waitForReadyz(settings, deadline))) {
      check()
      throw notReady(settings, options)
    }
    report.done('control plane ready')
    const ready = await waitForNodes(adminClient(settings), settings.nodes, deadline)
    if (ready < settings.nodes) {
      check()
      throw new UserError(
        `${ready} of ${settings.nodes} nodes are ready after ${options.timeoutSeconds} s${lastWords(settings, real ? 'node-agent' : 'control-plane')}`,
      )
    }
    report.done(settings.nodes === 1 ? 'node ready' : `${settings.nodes} nodes ready`)
    if (here && real) await loadCleanUp()
    return here
  } catch (error) {
    await supervisor?.stop()
    await stopProcesses(settings)
    await cleanUp(settings, () => {})
    if (fresh) purge(settings)
    throw diskError(settings.dataDir, error)
  } finally {
    clearInterval(watching)
  }
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

/** The end of a log, for a message about a failed start. */
function lastWords(settings: Settings, name: string): string {
  const file = join(pathsOf(settings.dataDir).logs, `${name}.log`)
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  // What ended it says so in one line.
  const last = lines.findLast((line) => line.startsWith('k8ts: '))?.slice('k8ts: '.length) ?? lines.at(-1)
  return last ? `; its last words: ${last}` : ''
}

async function mergeAccess(settings: Settings): Promise<void> {
  const { ca, admin } = await credentialsOf(settings, Date.now())
  mergeKubeconfig(userKubeconfig(), {
    name: settings.name,
    server: `https://127.0.0.1:${settings.apiPort}`,
    ca,
    client: admin,
  })
}

/** Loads images, applies manifests, waits for what they start. */
async function run(
  settings: Settings,
  manifests: ManifestObject[],
  recipes: ImageRecipe[],
  options: UpOptions,
  report: UpReport,
): Promise<UpResult['objects']> {
  if (recipes.length > 0 && settings.runtime === 'containerd') {
    const { loadImages } = await import('./images.ts')
    await loadImages(settings, recipes, (text) => report.note(text))
    report.done(`${recipes.length} images packed and loaded`)
  }
  if (manifests.length === 0) return []
  const client = adminClient(settings)
  const objects: UpResult['objects'] = []
  for (const manifest of manifests) {
    if (options.interrupted.aborted) throw interruption()
    const result = await apply(client, manifest, 'k8ts-up').catch((error: unknown) => {
      throw new UserError(`${manifest.source}: ${(error as Error).message}`)
    })
    objects.push({ object: titleOf(manifest), result })
    // What it defines may be next.
    if (manifest.resource === CustomResourceDefinitions)
      await waitForRollout(client, systemClock, [manifest], deadlineOf(options))
  }
  report.done(`${objects.length} objects applied`)
  const late = await waitForRollout(client, systemClock, manifests, deadlineOf(options))
  if (late.size > 0) {
    const texts = [...late].map(([manifest, reason]) => `${titleOf(manifest)}: ${reason}`)
    throw new RolloutLate(`not rolled out within ${options.timeoutSeconds} s: ${texts.join('; ')}`)
  }
  report.done('rolled out')
  return objects
}

async function nodePortUrls(settings: Settings, manifests: ManifestObject[]): Promise<UpResult['urls']> {
  const client = adminClient(settings)
  const services = manifests.filter(({ resource }) => resource.resource === 'services')
  const stored = await Promise.all(
    services.map(({ object }) => client.get(Services, object.metadata).catch(() => undefined)),
  )
  return stored
    .filter((service): service is Stored<Service> => service !== undefined)
    .flatMap(({ metadata, spec }) =>
      (spec.ports ?? []).flatMap(({ nodePort }) =>
        nodePort ? [{ service: metadata.name, url: `http://localhost:${nodePort}` }] : [],
      ),
    )
}
