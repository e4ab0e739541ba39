/**
 * An operator as users of @kubernetes/client-node write them; it knows nothing of k8ts. A `Database` is a Deployment and a
 * CronJob that backs it up every so often; before one goes, a last backup is made.
 */
import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CustomObjectsApi,
  type Informer,
  type KubeConfig,
  type KubernetesObject,
  makeInformer,
  type ObjectCache,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node'
import { cronJobOf, type Database, type DatabaseStatus, deploymentOf, lastBackupOf } from './database.ts'

const resource = { group: 'example.com', version: 'v1', plural: 'databases' }
const finalizer = 'example.com/last-backup'
const overdueMs = 2 * 3600_000
const resyncMs = 10 * 60_000
const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

export async function startOperator(config: KubeConfig): Promise<{ stop(): Promise<void> }> {
  const apps = config.makeApiClient(AppsV1Api)
  const batch = config.makeApiClient(BatchV1Api)
  const objects = config.makeApiClient(CustomObjectsApi)
  let stopped = false

  const listDatabases = () => objects.listClusterCustomObject(resource) as Promise<{ items: Database[] }>
  const databases = makeInformer<Database>(config, '/apis/example.com/v1/databases', listDatabases)
  const deployments = makeInformer(config, '/apis/apps/v1/deployments', () => apps.listDeploymentForAllNamespaces())
  const jobs = makeInformer(config, '/apis/batch/v1/jobs', () => batch.listJobForAllNamespaces())

  /** One after the other for each database, and once more for what changed meanwhile. */
  const queued = new Map<string, 'waiting' | 'running' | 'again'>()
  const failures = new Map<string, number>()
  function enqueue(namespace = '', name = ''): void {
    const key = `${namespace}/${name}`
    if (queued.get(key) === 'running') queued.set(key, 'again')
    if (queued.has(key)) return
    queued.set(key, 'waiting')
    queueMicrotask(() => void work(key, namespace, name))
  }
  async function work(key: string, namespace: string, name: string): Promise<void> {
    if (stopped) return
    queued.set(key, 'running')
    try {
      await reconcile(namespace, name)
      failures.delete(key)
    } catch (error) {
      setTimeout(() => enqueue(namespace, name), retryMs(key, error))
    }
    const again = queued.get(key) === 'again'
    queued.delete(key)
    if (again) enqueue(namespace, name)
  }
  function retryMs(key: string, error: unknown): number {
    const { code, headers } = error instanceof ApiException ? error : { code: 0, headers: {} as Record<string, string> }
    if (code === 409) return 100
    if (headers['retry-after']) return Number(headers['retry-after']) * 1000
    const failed = (failures.get(key) ?? 0) + 1
    failures.set(key, failed)
    return Math.min(60_000, 500 * 2 ** failed)
  }

  async function reconcile(namespace: string, name: string): Promise<void> {
    const database = databases.get(name, namespace)
    if (!database) return
    if (database.metadata?.deletionTimestamp) return finish(database, namespace, name)
    const finalizers = database.metadata?.finalizers ?? []
    if (!finalizers.includes(finalizer)) {
      const body = { metadata: { finalizers: [...finalizers, finalizer] } }
      await objects.patchNamespacedCustomObject({ ...resource, namespace, name, body }, mergePatch)
    }
    await ensureDeployment(database, namespace, name)
    await ensureCronJob(database, namespace, name)
    await reportStatus(database, namespace, name)
  }

  async function ensureDeployment(database: Database, namespace: string, name: string): Promise<void> {
    const wanted = deploymentOf(database)
    const found = deployments.get(name, namespace)
    if (!found) await unlessThere(apps.createNamespacedDeployment({ namespace, body: wanted }))
    else if (
      found.spec?.replicas !== wanted.spec?.replicas ||
      found.spec?.template.spec?.containers[0]?.image !== database.spec.image
    )
      // With the resource version it was read at: what somebody else has changed meanwhile is not overwritten.
      await apps.replaceNamespacedDeployment({ namespace, name, body: { ...found, spec: wanted.spec } })
  }

  async function ensureCronJob(database: Database, namespace: string, name: string): Promise<void> {
    const { backupSchedule: schedule } = database.spec
    try {
      const found = await batch.readNamespacedCronJob({ namespace, name })
      if (found.spec?.schedule !== schedule)
        await batch.patchNamespacedCronJob({ namespace, name, body: { spec: { schedule } } }, mergePatch)
    } catch (error) {
      if (!(error instanceof ApiException && error.code === 404)) throw error
      await unlessThere(batch.createNamespacedCronJob({ namespace, body: cronJobOf(database) }))
    }
  }

  async function reportStatus(database: Database, namespace: string, name: string): Promise<void> {
    const readyReplicas = deployments.get(name, namespace)?.status?.readyReplicas ?? 0
    const backups = jobs.list(namespace).filter((job) => job.metadata?.labels?.database === name)
    // Dates in lists, texts in what watches tell.
    const times = backups.map(({ status }) => Number(new Date(status?.completionTime ?? 0)))
    const { lastBackup: known } = database.status ?? {}
    const last = Math.max(known ? Date.parse(known) : 0, ...times)
    const since = last || Number(new Date(database.metadata?.creationTimestamp ?? 0))
    const phase = readyReplicas >= database.spec.replicas ? 'Ready' : 'Starting'
    const lastBackup = last > 0 ? { lastBackup: new Date(last).toISOString() } : {}
    const status: DatabaseStatus = {
      phase,
      readyReplicas,
      ...lastBackup,
      backupOverdue: Date.now() - since > overdueMs,
    }
    if (isSame(status, database.status)) return
    // As of now, for its resource version.
    const current = (await objects.getNamespacedCustomObject({ ...resource, namespace, name })) as Database
    await objects.replaceNamespacedCustomObjectStatus({ ...resource, namespace, name, body: { ...current, status } })
  }

  /** The last backup has to succeed before the finalizer goes. */
  async function finish(database: Database, namespace: string, name: string): Promise<void> {
    const finalizers = database.metadata?.finalizers ?? []
    if (!finalizers.includes(finalizer)) return
    const job = jobs.get(`${name}-last-backup`, namespace)
    if (!job) await unlessThere(batch.createNamespacedJob({ namespace, body: lastBackupOf(database) }))
    else if (job.status?.succeeded) {
      const metadata = { ...database.metadata, finalizers: finalizers.filter((each) => each !== finalizer) }
      await objects.replaceNamespacedCustomObject({ ...resource, namespace, name, body: { ...database, metadata } })
    }
  }

  function follow<T extends KubernetesObject>(informer: Informer<T>, nameOf: (object: T) => string | undefined): void {
    const changed = (object: T) => nameOf(object) && enqueue(object.metadata?.namespace, nameOf(object))
    for (const event of ['add', 'update', 'delete'] as const) informer.on(event, changed)
    // As that library's own examples do it.
    informer.on('error', () => void setTimeout(() => !stopped && informer.start(), 5000))
  }
  follow(databases, ({ metadata }) => metadata?.name)
  for (const owned of [deployments, jobs] as Informer<KubernetesObject>[])
    follow(owned, ({ metadata }) => metadata?.labels?.database)
  const informers: (Informer<KubernetesObject> & ObjectCache<KubernetesObject>)[] = [deployments, jobs, databases]
  for (const informer of informers) await informer.start()
  const resync = setInterval(() => {
    for (const { metadata } of databases.list()) enqueue(metadata?.namespace, metadata?.name)
  }, resyncMs)
  return {
    async stop() {
      stopped = true
      clearInterval(resync)
      for (const informer of informers) await informer.stop()
    },
  }
}

/** It may have been created by a run before this one, or since the informers were told last. */
async function unlessThere(creating: Promise<unknown>): Promise<void> {
  await creating.catch((error: unknown) => {
    if (!(error instanceof ApiException && error.code === 409 && String(error.body).includes('AlreadyExists')))
      throw error
  })
}

const isSame = (a: object, b: object = {}) =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
