import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentialsOf } from '../pki/credentials.ts'
import { checkKubeconfig, hasContext, mergeKubeconfig, userKubeconfig } from '../pki/kubeconfig.ts'
import { supervisorOf } from '../processes/clusters.ts'
import { holding } from '../processes/process.ts'
import { waitForReadyz } from '../processes/readiness.ts'
import type { Supervisor } from '../processes/supervisor.ts'
import { dataDirOf, pathsOf } from '../settings/paths.ts'
import { loadSettings, type Settings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { checkUnchanged, settingsToStartWith, tellUnused } from './decide.ts'
import { type AppliedObject, deploy, type NodePortUrl, nodePortUrls, RolloutLate, servedBy } from './deploy.ts'
import { down } from './down.ts'
import { isUnasked, perhapsServed, readManifests } from './manifests.ts'
import { deadlineOf, interruption, type UpOptions, type UpReport } from './options.ts'
import { readProject } from './project.ts'
import { projectFilesOf } from './project-files.ts'
import { notReady, start } from './start.ts'

export interface UpResult {
  settings: Settings
  wasRunning: boolean
  kubeconfig: string
  objects: AppliedObject[]
  urls: NodePortUrl[]
  /** In the foreground: the supervisor, to be stopped at the end. */
  supervisor?: Supervisor
}

/**
 * Starts a cluster, or finds it running, applies manifests and waits for their rollout. On a failure it stops what it has
 * started, and deletes a new cluster; after a late rollout it leaves the cluster up for inspection.
 */
export async function up(options: UpOptions, report: UpReport): Promise<UpResult> {
  const dataDir = dataDirOf(options.name, options.dataDir)
  const before = loadSettings(options.name, dataDir)
  // Check all of the input before starting anything, except what only the cluster knows.
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
        const settings = await settingsToStartWith(options, dataDir, before, report)
        return { settings, supervisor: await start(settings, options, before === undefined, report) }
      })

  try {
    const kubeconfig = pathsOf(dataDir).adminKubeconfig
    if (options.merge && !(wasRunning && hasContext(userKubeconfig(), settings.name))) await mergeAccess(settings)
    const manifests = given.some(isUnasked) ? readManifests(options.manifests, await servedBy(settings)) : given
    const objects = await deploy(settings, manifests, recipes, options, report)
    const urls = await nodePortUrls(settings, manifests)
    return { settings, wasRunning, kubeconfig, objects, urls, ...(supervisor && { supervisor }) }
  } catch (error) {
    const late = error instanceof RolloutLate
    if (wasRunning) throw options.interrupted.aborted ? interruption() : error
    if (late && options.detach) report.note(`the cluster goes on; to stop it: k8ts down --name ${options.name}`)
    else {
      await supervisor?.stop()
      await down(settings, () => {}, { purged: before === undefined && !late })
      report.note(whatIsLeft(late, before === undefined))
    }
    throw options.interrupted.aborted ? interruption() : error
  }
}

function whatIsLeft(late: boolean, isNew: boolean): string {
  if (late) return 'the cluster was stopped; its data stay, and with --detach it would go on'
  return isNew ? 'nothing of the cluster was left' : 'the cluster was stopped again; its data stay'
}

/** Two concurrent starts of one cluster would undo each other's work. */
const alone = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  holding(
    join(tmpdir(), `k8ts-up-${process.getuid?.() ?? 0}-${name}.lock`),
    (pid) => new UserError(`another \`k8ts up\` is starting the cluster "${name}" (process ${pid})`),
    work,
  )

async function mergeAccess(settings: Settings): Promise<void> {
  const { ca, admin } = await credentialsOf(settings, Date.now())
  mergeKubeconfig(userKubeconfig(), {
    name: settings.name,
    server: `https://127.0.0.1:${settings.apiPort}`,
    ca,
    client: admin,
  })
}
