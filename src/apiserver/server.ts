import type { Call } from '../api/call.ts'
import type { Clock } from '../api/clock.ts'
import { ApiError, internalError, methodNotAllowed, serviceUnavailable } from '../api/errors.ts'
import type { Log } from '../api/log.ts'
import type { DeleteOptions } from '../api/meta/v1/index.ts'
import type { Random } from '../api/random.ts'
import type { Store } from '../store/store.ts'
import { type Authorizer, accessOf, accessRefused } from './authz/authorizer.ts'
import { Feed } from './cache/feed.ts'
import { admitConnect } from './connect/admit-connect.ts'
import { type ConnectRequest, connectToNode } from './connect/connect.ts'
import type { NodeAnswer, NodeConnector } from './connect/connector.ts'
import { CustomResources } from './custom-resources/custom-resources.ts'
import type { AdmissionPlugin, HookContext, Objects, ResourceDefinition } from './definition.ts'
import { type Family, gauges } from './metrics/metrics.ts'
import type { Outbound } from './outbound/outbound.ts'
import { admissionMetrics } from './registry/admission-metrics.ts'
import type { Answer } from './registry/answer.ts'
import type { BodySource, Core, Request, Served } from './registry/core.ts'
import { deleteOptionsOf } from './registry/delete-options.ts'
import { execute, subresourcesOf } from './registry/execute.ts'
import { serverObjects } from './registry/objects.ts'
import { Resources } from './registry/resources.ts'
import { type WatchStream, watch } from './registry/watch.ts'

export interface ServerOptions {
  store: Store
  clock: Clock
  random: Random
  definitions: readonly ResourceDefinition[]
  admission: readonly AdmissionPlugin[]
  authorize: Authorizer
  log: ServerLog
  /** Reaches kubelets, for logs, exec and the like. Without one, these answer 503. */
  nodes?: NodeConnector
  /** `--kubelet-preferred-address-types`: the addresses of a Node that are tried, in this order. */
  kubeletAddressTypes?: readonly string[]
  /** Reaches webhooks. Without one, what needs them fails. */
  outbound?: Outbound
}

export type ServerLog = Pick<Log, 'info' | 'warn' | 'error'>

/** Checks a part that must work before the server is ready; returns why it does not. */
export type ReadyCheck = () => string | undefined | Promise<string | undefined>

/**
 * All ways into the server. Each authorizes its call first. Transports (HTTP, the in-process backend) use these and nothing
 * else, so that a layer before the ports is before every transport.
 */
export interface Ports {
  /** Runs a call that is answered once. */
  run(call: Call, source?: BodySource): Promise<Answer>
  /** Starts a watch. The returned function stops it. */
  startWatch(call: Call, opening: WatchOpening): () => void
  /** Requests a subresource from a node, or from a pod on it. `rest`: the path behind `proxy`. */
  connect(call: Call, request: ConnectRequest, rest: string): Promise<NodeAnswer>
  /**
   * Checks a call that takes over its connection; returns the data to find the other end. `query` is that of its URL, `rest` the
   * path behind `proxy`.
   */
  prepareConnect(call: Call, query: URLSearchParams, rest: string): Promise<Request>
}

export interface WatchOpening {
  /** The watch is allowed: returns the receiver of its events. */
  begin(served: Served): WatchStream
  /** There will be no watch. */
  refuse(error: Error): void
}

/** The API server without a transport: see `in-process.ts` and `http/serve.ts`. */
export interface ServerCore extends Ports {
  /** Resolves when the store has been read; calls made before wait for it. */
  readonly started: Promise<void>
  /** For the server's own parts: no authorization, no admission. */
  readonly objects: Objects
  /** What is served at present. */
  readonly resources: Resources
  /** What the core counts, for `/metrics`. */
  readonly families: readonly Family[]
  /** What `/readyz` checks, by name. May be added to. */
  readonly ready: Map<string, ReadyCheck>
  /** Ends all watches. The store stays open. */
  close(): Promise<void>
}

/** An API server over a store. */
export function createApiServer(options: ServerOptions): ServerCore {
  const { store, clock, random, definitions, admission, log } = options
  const feed = new Feed(store, clock)
  const resources = new Resources(definitions)
  for (const cache of resources.caches) feed.add(cache)
  const core: Core = {
    store,
    feed,
    clock,
    random,
    admission,
    admissionMetrics: admissionMetrics(admission),
    objects: serverObjects((call) => internalRequest(call)),
    versions: (served) => resources.versions(served),
    ...(options.kubeletAddressTypes && { kubeletAddressTypes: options.kubeletAddressTypes }),
  }
  const crds = resources.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')
  const custom = crds && new CustomResources(core, resources, log, crds.cache, options.outbound)
  if (custom) feed.loaded = () => custom.begin()

  const deprecated = gauges(
    'apiserver_requested_deprecated_apis',
    'Deprecated resources that were asked for.',
    'group',
    'version',
    'resource',
    'subresource',
    'removed_release',
  )
  let state: 'starting' | 'started' | 'closed' = 'starting'
  const started = feed.start().then(() => {
    if (state === 'starting') state = 'started'
  })
  started.catch((error: unknown) => log.error('reading the store failed', { error: String(error) }))

  const requestOf = (call: Call, source?: BodySource): Request => {
    const served = servedBy(resources, call)
    const deleteOptions = deleteOptionsOf(call, source)
    return {
      core,
      served,
      call,
      context: contextOf(core, call, deleteOptions, options.authorize),
      ...(deleteOptions && { deleteOptions }),
      ...(source && { source }),
    }
  }
  const internalRequest = (call: Call): Request => {
    const request = requestOf(call)
    return { ...request, core: { ...core, admission: [] } }
  }

  async function authorize(call: Call): Promise<void> {
    const attributes = accessOf(call)
    const deciding = options.authorize.authorize(attributes)
    const decision = deciding instanceof Promise ? await deciding : deciding
    const { allowed, reason } = decision
    call.annotate?.('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    call.annotate?.('authorization.k8s.io/reason', reason ?? '')
    if (!allowed) throw accessRefused(attributes, decision)
  }

  /** The request of a call that is allowed, as soon as it can be answered. */
  async function admitted(call: Call, source?: BodySource): Promise<Request> {
    if (state === 'closed') throw serviceUnavailable('the server is shutting down')
    if (state === 'starting') await started
    await authorize(call)
    const request = requestOf(call, source)
    if (request.served.cache.filling) await request.served.cache.filling
    return request
  }

  return {
    async run(call, source) {
      const request = await admitted(call, source)
      const { definition, type } = request.served
      const deprecation =
        definition.custom?.deprecation ??
        (definition.deprecation && `${type.apiVersion} ${type.kind} is ${definition.deprecation}`)
      if (deprecation) {
        call.warn?.(deprecation)
        deprecated.of(
          type.group,
          type.version,
          type.resource,
          Object.hasOwn(subresourcesOf(definition), call.subresource ?? '') ? (call.subresource ?? '') : '',
          '',
        ).value = 1
      }
      return execute(request)
    },
    startWatch: (call, opening) => startWatch(admitted(call), opening),
    async connect(call, asked, rest) {
      const request = await admitted(call)
      await admitConnect(request, new URLSearchParams(asked.url.split('?')[1]), rest)
      return connectToNode(request, asked, rest, options.nodes)
    },
    async prepareConnect(call, query, rest) {
      const request = await admitted(call)
      const { definition, type } = request.served
      if (!Object.hasOwn(definition.connects ?? {}, call.subresource ?? '')) throw methodNotAllowed(type, 'upgrade')
      await admitConnect(request, query, rest)
      return request
    },
    started,
    objects: core.objects,
    resources,
    families: [...core.admissionMetrics.families, deprecated],
    ready: new Map<string, ReadyCheck>([
      ['ping', () => undefined],
      ['log', () => undefined],
      ['etcd', () => store.revision().then(() => undefined)],
      ['etcd-readiness', () => store.revision().then(() => undefined)],
      ['informer-sync', () => (state === 'started' ? undefined : 'the store has not been read yet')],
      ['shutdown', () => (state === 'closed' ? 'process is shutting down' : undefined)],
    ]),
    async close() {
      state = 'closed'
      feed.close()
    },
  }
}

/** Starts the watch that `admitting` answers, unless it is stopped before. */
function startWatch(admitting: Promise<Request>, { begin, refuse }: WatchOpening): () => void {
  let stop = () => {}
  let stopped = false
  const start = async () => {
    const request = await admitting
    if (stopped) return
    const open = watch(request)
    stop = open(begin(request.served))
  }
  start().catch((error: unknown) => {
    if (!stopped) refuse(error instanceof ApiError ? error : internalError(error))
  })
  return () => {
    stopped = true
    stop()
  }
}

function servedBy(resources: Resources, { group, version, resource, namespace, name }: Call): Served {
  const served = resources.find(group, version, resource)
  // An object is where its scope says, and nowhere else: rights and admission go by the namespace of the URL.
  const isThere = served?.type.namespaced ? namespace !== undefined || name === undefined : namespace === undefined
  if (served && isThere) return served
  throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', { group, kind: resource })
}

const contextOf = (
  { clock, random, objects }: Core,
  call: Call,
  deleteOptions: DeleteOptions | undefined,
  authorizer: Authorizer,
): HookContext => ({
  user: call.user,
  clock,
  random,
  dryRun: call.options.dryRun ?? !!deleteOptions?.dryRun?.length,
  objects,
  warn: (text) => call.warn?.(text),
  annotate: (key, value) => call.annotate?.(key, value),
  authorize: async (attributes) => authorizer.authorize(attributes),
})
