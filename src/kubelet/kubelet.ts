import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Services } from '../api/core/v1/index.ts'
import { RuntimeClasses } from '../api/node/v1/index.ts'
import { BackOff } from './back-off.ts'
import { beyondOwnLimits } from './eviction/local-storage.ts'
import { EvictionManager } from './eviction/manager.ts'
import { podUsage } from './eviction/usage.ts'
import { ImageCollector } from './images/garbage.ts'
import { ImagePuller } from './images/puller.ts'
import { rotateLog } from './logs/rotate.ts'
import { hostsOf } from './node/facts.ts'
import { NodeReporter } from './node/node.ts'
import { type KubeletOptions, settingsOf } from './options.ts'
import { eventually, periodically } from './periodic.ts'
import { isFinished, isMirrorPod, isStaticPod, type KubePod } from './pod.ts'
import { admit } from './pods/admission.ts'
import { collectRemains, collectRuns, orphanOf } from './pods/garbage.ts'
import { Killer } from './pods/killer.ts'
import type { Node } from './pods/node-services.ts'
import { refusalsOf } from './pods/refusals.ts'
import { RuntimeCache } from './pods/runtime-cache.ts'
import { StatusManager } from './pods/status-manager.ts'
import { PodWorker } from './pods/worker.ts'
import { Prober } from './probes/prober.ts'
import { serve } from './server/routes.ts'
import type { KubeletAnswer, KubeletRequest } from './server/served.ts'
import { podsOfNode } from './sources/pod-source.ts'
import { StaticPods } from './sources/static-pods.ts'
import { WatchedObjects } from './sources/watched-objects.ts'
import { Volumes } from './volumes/manager.ts'
import { Tokens } from './volumes/service-account-token.ts'

export interface Kubelet {
  readonly nodeName: string
  /** Where its HTTPS server listens; undefined without one. */
  readonly port: number | undefined
  /** The pods it looks after. */
  pods(): KubePod[]
  /** What its server answers, to callers in this process, whose right to ask is checked already. */
  serve(request: KubeletRequest): Promise<KubeletAnswer>
  /** The same for exec, attach and port-forward, which take the connection over. Node only. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** Its simulated machine is not what it was: whether it is under pressure is looked at within 10 s. */
  look(): void
  /** Lets go of everything; containers run on, and the next kubelet takes them over. */
  stop(): Promise<void>
}

const relistMs = 1000
/** Against events that got lost; a simulated runtime loses none. */
const relistWithEventsMs = 10_000
const relistSimulatedMs = 300_000
const collectMs = 60_000
const collectImagesMs = 300_000
const rotateMs = 10_000
const defaultPressureMs = 10_000

/**
 * Starts the node agent: registers the node, takes over what runs, and from then on brings what runs to what the API says.
 * Resolves when the node is registered and every pod bound to it is being looked after.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const settings = settingsOf(options)
  const { ctx, runtime, host, nodeName } = settings
  const { clock, log } = ctx
  const machine = await host.machine()
  await host.files.makeFolder(settings.rootDir, 0o755)
  const workers = new Map<string, PodWorker>()
  const wake = (uid: string) => workers.get(uid)?.wake()
  const sourceChanged = (uid: string) => {
    volumes.invalidate(uid)
    workers.get(uid)?.sourceChanged()
  }
  const objects = settings.objects?.(sourceChanged) ?? new WatchedObjects(ctx.client, clock, sourceChanged)
  const tokens = new Tokens(ctx.client, clock, sourceChanged)
  const volumes = new Volumes({ host, settings, client: ctx.client, clock, objects, tokens })
  let imageDir: string | undefined
  const collector = new ImageCollector(ctx, runtime, host, nodeName, settings.imageGc)
  const evictions = new EvictionManager({
    ctx,
    nodeName,
    options: settings.eviction ?? {},
    async resources() {
      imageDir ??= (await runtime.imageFsInfo()).mountpoint || '/'
      return host.resources(settings.rootDir, imageDir)
    },
    candidates: () => [...workers.values()].filter((w) => !w.isEnding && !isFinished(w.pod.status.phase)),
    usage: (pod) => podUsage(pod, node),
    beyondOwnLimits: (pod) => beyondOwnLimits(pod, node),
    async freeDisk() {
      for (const [uid, worker] of workers) await collectRuns(cache.last(uid), node, worker.isEnding ? 'none' : 'newest')
      await collector.removeUnused()
    },
    changed: () => reporter.hasten(),
  })
  const reporter = new NodeReporter(settings, runtime, host, machine, evictions)
  const cache = new RuntimeCache(runtime)
  const facts = await hostsOf(host)
  const services = ctx.informers.of(Services)
  const runtimeClasses = ctx.informers.of(RuntimeClasses)

  const activeOthers = (pod: KubePod): KubePod[] =>
    [...workers.values()]
      .filter((w) => w.pod.metadata.uid !== pod.metadata.uid && !w.isEnding && !isFinished(w.pod.status.phase))
      .map((w) => w.pod)
  const node: Node = {
    ctx,
    settings,
    runtime,
    runtimeName: (await runtime.version().catch(() => ({ runtimeName: 'containerd' }))).runtimeName,
    host,
    memoryBytes: machine.memoryBytes,
    cache,
    images: new ImagePuller(ctx, runtime, objects, () => reporter.changed()),
    volumes,
    objects,
    prober: new Prober(ctx, runtime, host, wake),
    killer: new Killer(ctx, runtime, host, wake),
    backOff: new BackOff(),
    statuses: new StatusManager(ctx),
    services: () => services.list(),
    sandboxFacts(pod) {
      const name = pod.spec.runtimeClassName
      const handler = name ? runtimeClasses.get(name)?.handler : undefined
      return { resolvConf: facts.resolvConf, ...(handler && { runtimeHandler: handler }) }
    },
    fieldFacts: (podIps) => ({ podIps, hostIp: settings.nodeIp, nodeName, allocatable: reporter.allocatable }),
    admit: (pod) =>
      isStaticPod(pod)
        ? undefined
        : (evictions.admit(pod) ??
          admit(
            pod,
            activeOthers(pod),
            {
              metadata: {
                name: nodeName,
                ...(reporter.node?.metadata.labels && { labels: reporter.node.metadata.labels }),
              },
              ...(reporter.node?.spec && { spec: reporter.node.spec }),
              allocatable: reporter.allocatable,
            },
            settings.allowedUnsafeSysctls,
          )),
    refusals: refusalsOf(clock, settings.refusalsPerSecond),
    refreshNode: () => reporter.refresh(),
    apiPod: (pod) => (isStaticPod(pod) ? (statics?.mirrorOf(pod) ?? pod) : pod),
    removed(uid) {
      workers.delete(uid)
      node.prober.forget(uid)
      node.statuses.forget(uid)
    },
  }
  const set = (pod: KubePod) => {
    const known = workers.get(pod.metadata.uid)
    if (known) return known.update(pod)
    const worker = new PodWorker(node, pod)
    workers.set(pod.metadata.uid, worker)
    worker.wake()
  }
  const gone = (pod: KubePod) => workers.get(pod.metadata.uid)?.gone(pod)
  const statics = settings.staticPodPath
    ? new StaticPods({
        ctx,
        host,
        path: settings.staticPodPath,
        nodeName,
        nodeUid: () => reporter.node?.metadata.uid,
        set,
        gone,
      })
    : undefined

  async function relist(): Promise<void> {
    for (const uid of await cache.relist()) {
      const worker = workers.get(uid)
      if (worker) worker.wake()
      else if (synced && cache.knows(uid)) adopt(uid)
    }
  }
  /** In the runtime, but in no source of pods: to be stopped and removed. */
  function adopt(uid: string): void {
    if (uid === '') return
    const orphan = new PodWorker(node, orphanOf(uid, cache.last(uid)))
    workers.set(uid, orphan)
    orphan.gone()
  }

  const pods = () => [...workers.values()].map((w) => node.statuses.current(w.pod))
  const served = { node, pods }
  // Only a real node has a port, and only that needs Node's own modules.
  const server = settings.server && (await (await import('./server/server.ts')).startServer(served, settings.server))
  reporter.port = server?.port

  let synced = false
  const source = settings.pods ?? podsOfNode(ctx.informers, nodeName)
  await evictions.synchronize().catch((error: unknown) => log.debug('cannot measure yet', { error: String(error) }))
  const registered = reporter.start()
  await cache.relist().catch((error: unknown) => log.warn('the runtime does not answer yet', { error: String(error) }))
  await Promise.all([services.synced, runtimeClasses.synced, registered])
  const unsubscribe = source.on({
    set: (pod) => (isMirrorPod(pod) ? statics?.mirrorSet(pod) : set(pod)),
    gone: (pod) => (isMirrorPod(pod) ? statics?.mirrorGone(pod) : gone(pod)),
  })
  await statics?.start()
  await source.synced
  synced = true
  for (const uid of cache.uids()) if (!workers.has(uid)) adopt(uid)
  await collectRemains((uid) => workers.has(uid) || cache.knows(uid), node).catch((error: unknown) =>
    log.warn('cannot clear away what dead pods have left', { error: String(error) }),
  )

  const collectDead = async () => {
    for (const uid of workers.keys()) await collectRuns(cache.last(uid), node)
  }
  const someDied = eventually(ctx, 'collect dead containers', collectMs, collectDead)
  const pressureMs = settings.eviction?.periodMs ?? defaultPressureMs
  // A simulated machine is looked at when something has changed, and while it is under pressure.
  const pressure = eventually(ctx, 'look for pressure', pressureMs, async () => {
    await evictions.synchronize().finally(lookAgain)
  })
  const lookAgain = () => {
    if (host.simulated && evictions.pressures.length > 0) pressure.ask()
  }
  lookAgain()
  const unlisten = runtime.onEvent(({ type, podUid }) => {
    wake(podUid)
    if (host.simulated && type === 'STOPPED') someDied.ask()
    if (host.simulated && type === 'STARTED') pressure.ask()
  })
  const rotation = settings.logRotation ?? { maxBytes: 10 * 2 ** 20, maxFiles: 5 }
  const relistEvery =
    settings.relistMs ?? (host.simulated ? relistSimulatedMs : runtime.eventsSupported ? relistWithEventsMs : relistMs)
  const loops = [
    periodically(ctx, 'relist', relistEvery, relist),
    someDied.end,
    pressure.end,
    ...(host.simulated
      ? []
      : [
          periodically(ctx, 'look for pressure', pressureMs, () => evictions.synchronize()),
          periodically(ctx, 'collect dead containers', collectMs, collectDead),
          periodically(ctx, 'collect images', collectImagesMs, async () => void (await collector.collect())),
          periodically(ctx, 'rotate logs', rotateMs, async () => {
            for (const uid of workers.keys())
              for (const run of cache.last(uid).containers)
                if (run.state === 'RUNNING') await rotateLog(run, rotation, { runtime, host, now: clock.now() })
          }),
        ]),
  ]
  return {
    nodeName,
    port: reporter.port,
    pods,
    serve: (request) => serve(served, request),
    look: pressure.ask,
    upgrade: async (request, socket, head) =>
      (await import('./server/streams.ts')).serveStream(served, request, socket, head),
    async stop() {
      for (const end of loops) end()
      await server?.close()
      unsubscribe()
      unlisten()
      statics?.stop()
      reporter.stop()
      await Promise.all([...workers.values()].map((w) => w.stop()))
      for (const uid of workers.keys()) node.prober.forget(uid)
      node.statuses.stop()
      objects.stop()
    },
  }
}
