import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../api/clock.ts'
import { type Service, Services } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { type Applied, apply } from '../client/apply.ts'
import { type ManifestObject, titleOf } from '../client/manifests.ts'
import { ensureBridge } from './bridge.ts'
import { adminClient, supervisorOf } from './clusters.ts'
import { credentialsOf } from './credentials.ts'
import { cleanUp, loadCleanUp, stopProcesses } from './down.ts'
import { installMissing } from './install.ts'
import { mergeKubeconfig, userKubeconfig } from './kubeconfig.ts'
import { projectFilesOf, readManifests } from './manifests.ts'
import { superviseHere } from './members.ts'
import { type ImageRecipe, readProject } from './project.ts'
import { waitForNodes, waitForReadyz } from './readiness.ts'
import { waitForRollout } from './rollout.ts'
import {
  canListen,
  chooseSettings,
  dataDirOf,
  loadSettings,
  pathsOf,
  type Settings,
  saveSettings,
  type Wishes,
} from './settings.ts'
import { openLog, type Supervisor } from './supervisor.ts'
import { UserError } from './user-error.ts'

export interface UpOptions extends Wishes {
  manifests: string[]
  detach: boolean
  merge: boolean
  verbose: boolean
  timeoutSeconds: number
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
 * when starting fails; a failed rollout leaves the cluster up, to be looked at.
 */
export async function up(options: UpOptions, report: UpReport): Promise<UpResult> {
  const dataDir = dataDirOf(options.name, options.dataDir)
  // Everything that can be wrong with the input is found before anything is started.
  const manifests = readManifests(options.manifests)
  const recipes = projectFilesOf(options.manifests).flatMap(readProject)
  const deadline = AbortSignal.timeout(options.timeoutSeconds * 1000)

  const before = loadSettings(options.name, dataDir)
  const wasRunning = before !== undefined && supervisorOf(before) !== undefined
  if (wasRunning) report.note(`the cluster "${options.name}" is running already`)
  const settings = wasRunning ? before : await settle(options, dataDir, before, report)
  const supervisor = wasRunning ? undefined : await start(settings, options, deadline, report)

  const kubeconfig = pathsOf(dataDir).adminKubeconfig
  if (options.merge && !wasRunning) await mergeAccess(settings)
  const objects = await run(settings, manifests, recipes, deadline, report)
  const urls = await nodePortUrls(settings, manifests)
  return { settings, wasRunning, kubeconfig, objects, urls, ...(supervisor && { supervisor }) }
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
  for (const [flag, asked, present] of [
    ['--pod-cidr', options.podCidr, before.podCidr],
    ['--service-cidr', options.serviceCidr, before.serviceCidr],
    ['--runtime', options.runtime === 'auto' ? undefined : options.runtime, before.runtime],
  ] as const) {
    if (asked !== undefined && asked !== present) {
      throw new UserError(
        `${flag} is ${present} in ${dataDir} and cannot change; remove the cluster first: k8ts down --purge`,
      )
    }
  }
  const nodes = before.runtime === 'simulated' ? (options.nodes ?? before.nodes) : 1
  const settings = {
    ...before,
    nodes,
    listen: options.listen ?? before.listen,
    apiPort: options.apiPort ?? before.apiPort,
  }
  if (await canListen(settings.apiPort, settings.listen)) return settings
  const { apiPort } = await chooseSettings({ ...options, apiPort: settings.apiPort }, dataDir, (text) =>
    report.note(text),
  )
  return { ...settings, apiPort }
}

async function start(
  settings: Settings,
  options: UpOptions,
  deadline: AbortSignal,
  report: UpReport,
): Promise<Supervisor | undefined> {
  const real = settings.runtime === 'containerd'
  if (real) installMissing((text) => report.note(text))
  saveSettings(settings)
  await credentialsOf(settings, Date.now())
  if (real) ensureBridge(settings)
  report.done('certificates, settings')
  const supervisor = options.detach
    ? startDetached(settings, options.verbose)
    : superviseHere(settings, options.verbose)
  try {
    if (!(await waitForReadyz(settings, deadline))) {
      throw new UserError(
        `the API server is not ready after ${options.timeoutSeconds} s${lastWords(settings, 'control-plane')}`,
      )
    }
    report.done('control plane ready')
    const ready = await waitForNodes(adminClient(settings), settings.nodes, deadline)
    if (ready < settings.nodes) {
      throw new UserError(
        `${ready} of ${settings.nodes} nodes are ready after ${options.timeoutSeconds} s${lastWords(settings, real ? 'node-agent' : 'control-plane')}`,
      )
    }
    report.done(settings.nodes === 1 ? 'node ready' : `${settings.nodes} nodes ready`)
    if (supervisor && real) await loadCleanUp()
    return supervisor
  } catch (error) {
    await supervisor?.stop()
    await stopProcesses(settings)
    await cleanUp(settings, () => {})
    throw error
  }
}

function startDetached(settings: Settings, verbose: boolean): undefined {
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
}

/** The end of a log, for a message about a failed start. */
function lastWords(settings: Settings, name: string): string {
  const file = join(pathsOf(settings.dataDir).logs, `${name}.log`)
  if (!existsSync(file)) return ''
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5)
  return `; the last lines of ${file}:\n  ${lines.join('\n  ')}`
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
  deadline: AbortSignal,
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
    const result = await apply(client, manifest, 'k8ts-up').catch((error: unknown) => {
      throw new UserError(`${manifest.source}: ${(error as Error).message}`)
    })
    objects.push({ object: titleOf(manifest), result })
  }
  report.done(`${objects.length} objects applied`)
  const late = await waitForRollout(client, systemClock, manifests, deadline)
  if (late.size > 0) {
    const texts = [...late].map(([manifest, reason]) => `${titleOf(manifest)}: ${reason}`)
    throw new UserError(`not rolled out in time: ${texts.join('; ')}. The cluster goes on; look with: kubectl get pods`)
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
