import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Service, Services } from '../api/core/v1/index.ts'
import { type RuntimeClass, RuntimeClasses } from '../api/node/v1/index.ts'
import { keyOf } from '../api/object.ts'
import type { Informer } from '../client/informers/informer.ts'
import { BackOff } from './back-off.ts'
import { beyondOwnLimits } from './eviction/local-storage.ts'
import { EvictionManager } from './eviction/manager.ts'
import { type Threshold, thresholdsOf } from './eviction/thresholds.ts'
import { podUsage } from './eviction/usage.ts'
import { ImageCollector } from './images/garbage.ts'
import { ImagePuller } from './images/puller.ts'
import { hostsOf } from './node/facts.ts'
import { NodeReporter } from './node/node.ts'
import type { KubeletOptions, KubeletSettings } from './options.ts'
import { isMirrorPod, isStaticPod, type KubePod } from './pod.ts'
import { admit } from './pods/admission.ts'
import { collectRemains, collectRuns } from './pods/garbage.ts'
import { Killer } from './pods/killer.ts'
import { refusalsOf } from './pods/refusals.ts'
import { RuntimeCache } from './pods/runtime-cache.ts'
import { StatusManager } from './pods/status-manager.ts'
import type { WorkerServices } from './pods/worker.ts'
import { PodWorkers } from './pods/workers.ts'
import { Prober } from './probes/prober.ts'
import { serve } from './server/routes.ts'
import type { KubeletAnswer, KubeletRequest } from './server/served.ts'
import { settingsOf } from './settings.ts'
import { podsOfNode } from './sources/pod-source.ts'
import { StaticPods } from './sources/static-pods.ts'
import { WatchedObjects } from './sources/watched-objects.ts'
import { startUpkeep } from './upkeep.ts'
import { Volumes } from './volumes/manager.ts'
import { Tokens } from './volumes/service-account-token.ts'

export interface Kubelet {
  readonly nodeName: string
  /** Where its HTTPS server listens; undefined without one. */
  readonly port: number | undefined
  /** The pods it looks after. */
  pods(): KubePod[]
  /** Its server for callers in this process, which the caller has authorized already. */
  serve(request: KubeletRequest): Promise<KubeletAnswer>
  /** The same for exec, attach and port-forward, which take over the connection. Node only. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** Its simulated machine has changed: checks for pressure within 10 s. */
  look(): void
  /** Stops the kubelet; containers keep running, and the next kubelet takes them over. */
  stop(): Promise<void>
}

/**
 * Starts the node agent: registers the node, takes over running containers, and from then on makes the containers match the
 * API. Resolves when the node is registered and every pod bound to it has a worker.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const settings = settingsOf(options)
  const { ctx, runtime, host, nodeName } = settings
  const machine = await host.machine()
  await host.files.makeFolder(settings.rootDir, 0o755)

  const thresholds = thresholdsOf(settings.eviction ?? {})
  const workers = new PodWorkers()
  const cache = new RuntimeCache(runtime)
  const statuses = new StatusManager(ctx)
  const pods = () => workers.all().map(({ pod }) => statuses.current(pod))
  const served = { node: { ...settings, settings, cache }, pods }
  // Only a real node has a port, and only that needs Node's own modules.
  const server = settings.server && (await (await import('./server/server.ts')).startServer(served, settings.server))

  const reporter = new NodeReporter(settings, machine, thresholds, server?.port)
  const collector = new ImageCollector(ctx, runtime, host, nodeName, settings.imageGc)
  const evictions = evictionsOf({ settings, workers, cache, thresholds, reporter, collector })
  const mirrors = new Map<string, KubePod>()
  const informers = { services: ctx.informers.of(Services), runtimeClasses: ctx.informers.of(RuntimeClasses) }
  const { memoryBytes } = machine
  const parts = { settings, workers, cache, statuses, reporter, evictions, mirrors, informers, memoryBytes }
  const services = await servicesOf(parts)
  const { objects, prober, killer } = services

  const set = (pod: KubePod) => workers.set(pod, services)
  const gone = (pod: KubePod) => workers.gone(pod)
  const nodeUid = () => reporter.node?.metadata.uid
  const statics = settings.staticPodPath
    ? new StaticPods({ ctx, host, path: settings.staticPodPath, nodeName, nodeUid, mirrors, set, gone })
    : undefined
  const adopt = (uid: string) => workers.adopt(uid, cache.last(uid), services)

  const source = settings.pods ?? podsOfNode(ctx.informers, nodeName)
  await firstLook(parts)
  const unsubscribe = source.on({
    set: (pod) => (isMirrorPod(pod) ? statics?.mirrorSet(pod) : set(pod)),
    gone: (pod) => (isMirrorPod(pod) ? statics?.mirrorGone(pod) : gone(pod)),
  })
  await statics?.start()
  await source.synced
  for (const uid of cache.uids()) adopt(uid)
  await collectRemains((uid) => workers.has(uid) || cache.knows(uid), services).catch((error: unknown) =>
    ctx.log.warn('cannot clear away what dead pods have left', { error: String(error) }),
  )
  async function relist(): Promise<void> {
    for (const uid of await cache.relist()) {
      if (workers.has(uid)) workers.wake(uid)
      else if (cache.knows(uid)) adopt(uid)
    }
  }
  const upkeep = startUpkeep({ settings, workers, cache, evictions, collector, relist })

  return {
    nodeName,
    port: server?.port,
    pods,
    serve: (request) => serve(served, request),
    look: upkeep.look,
    upgrade: async (request, socket, head) =>
      (await import('./server/streams.ts')).serveStream(served, request, socket, head),
    async stop() {
      upkeep.stop()
      await server?.close()
      unsubscribe()
      statics?.stop()
      reporter.stop()
      await workers.stop()
      killer.stop()
      for (const { pod } of workers.all()) prober.forget(pod.metadata.uid)
      statuses.stop()
      objects.stop()
    },
  }
}

/** Registers the node and reads the runtime's state. Retries later if the runtime does not answer yet. */
async function firstLook({ settings, cache, reporter, evictions, informers }: ServiceParts): Promise<void> {
  const { log } = settings.ctx
  await evictions.synchronize().catch((error: unknown) => log.debug('cannot measure yet', { error: String(error) }))
  const registered = reporter.start()
  await cache.relist().catch((error: unknown) => log.warn('the runtime does not answer yet', { error: String(error) }))
  await Promise.all([informers.services.synced, informers.runtimeClasses.synced, registered])
}

interface EvictionParts {
  settings: KubeletSettings
  workers: PodWorkers
  cache: RuntimeCache
  thresholds: readonly Threshold[]
  reporter: NodeReporter
  collector: ImageCollector
}

function evictionsOf({ settings, workers, cache, thresholds, reporter, collector }: EvictionParts): EvictionManager {
  const { ctx, nodeName, runtime, host } = settings
  const scales = { ...settings, settings, stateOf: (uid: string) => cache.last(uid) }
  let imageDir: string | undefined
  return new EvictionManager({
    ctx,
    nodeName,
    thresholds,
    options: settings.eviction ?? {},
    async resources() {
      imageDir ??= (await runtime.imageFsInfo()).mountpoint || '/'
      return host.resources(settings.rootDir, imageDir)
    },
    candidates: () => workers.active(),
    usage: (pod) => podUsage(pod, scales),
    beyondOwnLimits: (pod) => beyondOwnLimits(pod, scales),
    async freeDisk() {
      for (const { pod, isEnding } of workers.all())
        await collectRuns(cache.last(pod.metadata.uid), settings, isEnding ? 'none' : 'newest')
      await collector.removeUnused()
    },
    report: (pressures) => reporter.report(pressures),
  })
}

interface ServiceParts {
  settings: KubeletSettings
  workers: PodWorkers
  cache: RuntimeCache
  statuses: StatusManager
  reporter: NodeReporter
  evictions: EvictionManager
  /** The mirrors of static pods, by the static pods' keys. */
  mirrors: ReadonlyMap<string, KubePod>
  informers: { services: Informer<Service>; runtimeClasses: Informer<RuntimeClass> }
  memoryBytes: number
}

/** The services of this node for its pods. */
async function servicesOf(parts: ServiceParts): Promise<WorkerServices> {
  const { settings, workers, cache, statuses, reporter, evictions, mirrors, informers, memoryBytes } = parts
  const { ctx, runtime, host, nodeName } = settings
  const wake = (uid: string) => workers.wake(uid)
  const sourceChanged = (uid: string) => workers.sourceChanged(uid)
  const objects = settings.objects?.(sourceChanged) ?? new WatchedObjects(ctx.client, ctx.clock, sourceChanged)
  const tokens = new Tokens(ctx.client, ctx.clock, sourceChanged)
  const prober = new Prober(ctx, runtime, host, wake)
  const { resolvConf } = await hostsOf(host)
  const version = await runtime.version().catch(() => undefined)
  const fits = (pod: KubePod) => {
    const others = workers.active().map((worker) => worker.pod)
    const { labels } = reporter.node?.metadata ?? {}
    const node = {
      metadata: { name: nodeName, ...(labels && { labels }) },
      ...(reporter.node?.spec && { spec: reporter.node.spec }),
      allocatable: reporter.allocatable,
    }
    return admit(
      pod,
      others.filter(({ metadata }) => metadata.uid !== pod.metadata.uid),
      node,
      settings.allowedUnsafeSysctls,
    )
  }
  return {
    ctx,
    settings,
    runtime,
    runtimeName: version?.runtimeName ?? 'containerd',
    host,
    memoryBytes,
    cache,
    objects,
    volumes: new Volumes({ host, settings, client: ctx.client, clock: ctx.clock, objects, tokens }),
    images: new ImagePuller(ctx, runtime, objects, () => reporter.changed()),
    prober,
    killer: new Killer(ctx, runtime, host, wake),
    backOff: new BackOff(),
    statuses,
    services: () => informers.services.list(),
    sandboxFacts(pod) {
      const name = pod.spec.runtimeClassName
      const handler = name ? informers.runtimeClasses.get(name)?.handler : undefined
      return { resolvConf, ...(handler && { runtimeHandler: handler }) }
    },
    fieldFacts: (podIps) => ({ podIps, hostIp: settings.nodeIp, nodeName, allocatable: reporter.allocatable }),
    admit: (pod) => (isStaticPod(pod) ? undefined : (evictions.admit(pod) ?? fits(pod))),
    refusals: refusalsOf(ctx.clock, settings.refusalsPerSecond),
    refreshNode: () => reporter.refresh(),
    apiPod: (pod) => (isStaticPod(pod) ? (mirrors.get(keyOf(pod)) ?? pod) : pod),
    removed(uid) {
      workers.delete(uid)
      prober.forget(uid)
      statuses.forget(uid)
    },
  }
}
