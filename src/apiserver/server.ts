import type { Backend, Call, CallWatchSink, WatchEvent } from '../api/call.ts'
import type { Clock } from '../api/clock.ts'
import { ApiError, internalError, methodNotAllowed, serviceUnavailable, unauthorized } from '../api/errors.ts'
import type { KubeObject } from '../api/object.ts'
import type { Random } from '../api/random.ts'
import type { Store } from '../store/store.ts'
import { type Authenticator, anonymous } from './authn/authenticator.ts'
import { type Authorizer, accessForbidden, accessOf } from './authz/authorizer.ts'
import { Feed } from './cache/feed.ts'
import { type ConnectExchange, connectToNode } from './connect/connect.ts'
import type { NodeConnector } from './connect/connector.ts'
import { CustomResources } from './custom-resources/custom-resources.ts'
import type { AdmissionPlugin, HookContext, Objects, ResourceDefinition } from './definition.ts'
import { userOf } from './http/authenticate.ts'
import { whole } from './http/encode.ts'
import type { HttpRequest, HttpResponse } from './http/exchange.ts'
import { httpHandler } from './http/handler.ts'
import { Metrics } from './http/metrics.ts'
import type { ResourcePath } from './http/parse-path.ts'
import type { Answer, BodySource, Core, Request, Served } from './registry/core.ts'
import { execute } from './registry/execute.ts'
import { serverObjects } from './registry/objects.ts'
import { Resources } from './registry/resources.ts'
import { type WatchStream, watch } from './registry/watch.ts'

export interface ServerOptions {
  store: Store
  clock: Clock
  random: Random
  definitions: readonly ResourceDefinition[]
  admission: readonly AdmissionPlugin[]
  /** Asked in this order; the first that knows the credentials says who it is. */
  authenticate: readonly Authenticator[]
  authorize: Authorizer
  log: ServerLog
  /** What `/version` tells besides the level of the API. */
  version?: Partial<VersionInfo>
  /** Reaches kubelets, for logs, exec and the like. Without one, these answer 503. */
  nodes?: NodeConnector
  /** More URLs that are no resources: `/.well-known/openid-configuration`. */
  documents?: Record<string, () => Promise<{ contentType: string; body: string | Uint8Array }>>
  /** At most so many requests at a time, besides watches and streams; more are told to come again. Default 3000. */
  maxInFlight?: number
}

export interface ServerLog {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** What `/version` tells. */
export interface VersionInfo {
  major: string
  minor: string
  gitVersion: string
  gitCommit: string
  gitTreeState: string
  buildDate: string
  goVersion: string
  compiler: string
  platform: string
}

/** A part that must work before the server is ready; answers why it does not. */
export type ReadyCheck = () => string | undefined | Promise<string | undefined>

export interface ApiServer extends Backend {
  /** Resolves when the store has been read; calls made before wait for it. */
  readonly started: Promise<void>
  /** For the server's own parts: no authorization, no admission. */
  readonly objects: Objects
  /** What `/readyz` checks, by name. May be added to. */
  readonly ready: Map<string, ReadyCheck>
  /** Answers one HTTP request. Never throws. */
  handle(request: HttpRequest, response: HttpResponse): void
  /** For the server's own transports. */
  readonly internals: ServerInternals
  /** Ends all watches. The store stays open. */
  close(): Promise<void>
}

/** What the transport-facing parts of the server share. */
export interface ServerInternals {
  options: ServerOptions
  core: Core
  resources: Resources
  /** Authorizes and runs a call. */
  run(call: Call, source?: BodySource): Promise<Answer>
  /** Authorizes and starts a watch. The returned function stops it. */
  startWatch(call: Call, opening: WatchOpening): () => void
  authorize(call: Call): Promise<void>
  /** Answers a subresource that a node serves, and tells the status. */
  connect(call: Call, exchange: ConnectExchange, rest: string): Promise<number>
  /** Authenticates and authorizes a request that takes over its connection. */
  prepareConnect(http: HttpRequest, target: ResourcePath): Promise<Request>
  metrics: Metrics
}

export interface WatchOpening {
  /** The watch is allowed: answers where its events go. */
  begin(served: Served): WatchStream
  /** There will be no watch. */
  refuse(error: Error): void
}

/** An API server over a store. It serves nothing by itself: see `node/listen.ts` and `client/local.ts`. */
export function createApiServer(options: ServerOptions): ApiServer {
  const { store, clock, random, definitions, admission } = options
  const feed = new Feed(store, clock)
  const resources = new Resources(definitions)
  for (const cache of resources.caches) feed.add(cache)
  const core: Core = { store, feed, clock, random, admission, objects: serverObjects((call) => internalRequest(call)) }
  const crds = resources.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')
  const custom = crds && new CustomResources(core, resources, options.log, crds.cache)
  if (custom) feed.loaded = () => custom.begin()

  let state: 'starting' | 'started' | 'closed' = 'starting'
  const started = feed.start().then(() => {
    if (state === 'starting') state = 'started'
  })
  started.catch((error: unknown) => options.log.error('reading the store failed', { error: String(error) }))

  function find({ group, version, resource }: Call): Served {
    const served = resources.find(group, version, resource)
    if (!served)
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', { group, kind: resource })
    return served
  }

  function contextOf(call: Call): HookContext {
    return {
      user: call.user,
      clock,
      random,
      dryRun: call.options.dryRun ?? isDryRunBody(call),
      objects: core.objects,
      warn: (text) => call.warn?.(text),
    }
  }

  const requestOf = (call: Call, source?: BodySource): Request => ({
    core,
    served: find(call),
    call,
    context: contextOf(call),
    ...(source && { source }),
  })

  function internalRequest(call: Call): Request {
    const request = requestOf(call)
    return { ...request, core: { ...core, admission: [] } }
  }

  async function authorize(call: Call): Promise<void> {
    const attributes = accessOf(call)
    const decision = options.authorize.authorize(attributes)
    const { allowed, reason } = decision instanceof Promise ? await decision : decision
    if (!allowed) throw accessForbidden(attributes, reason)
  }

  async function run(call: Call, source?: BodySource): Promise<Answer> {
    if (state === 'closed') throw serviceUnavailable('the server is shutting down')
    if (state === 'starting') await started
    await authorize(call)
    const request = requestOf(call, source)
    const { cache, definition } = request.served
    if (cache.filling) await cache.filling
    if (definition.custom?.deprecation) call.warn?.(definition.custom.deprecation)
    return execute(request)
  }

  function startWatch(call: Call, { begin, refuse }: WatchOpening): () => void {
    let stop = () => {}
    let stopped = false
    const start = async () => {
      if (state === 'closed') throw serviceUnavailable('the server is shutting down')
      if (state === 'starting') await started
      await authorize(call)
      const request = requestOf(call)
      if (request.served.cache.filling) await request.served.cache.filling
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

  async function connect(call: Call, exchange: ConnectExchange, rest: string): Promise<number> {
    await started
    await authorize(call)
    return connectToNode(requestOf(call), exchange, rest, options.nodes)
  }

  async function prepareConnect(http: HttpRequest, target: ResourcePath): Promise<Request> {
    await started
    const user = await userOf(http, options)
    if (user === anonymous) throw unauthorized()
    const { group, version, resource, namespace, name, subresource = '' } = target
    const verb = http.method === 'POST' ? 'create' : 'get'
    const call: Call = { verb, user, group, version, resource, subresource, namespace, name, options: {} }
    const request = requestOf(call)
    await authorize(call)
    if (!request.served.definition.connects?.includes(subresource))
      throw methodNotAllowed(request.served.type, 'upgrade')
    return request
  }

  const metrics = new Metrics()
  const internals: ServerInternals = {
    options,
    core,
    resources,
    run,
    startWatch,
    authorize,
    connect,
    prepareConnect,
    metrics,
  }
  const server: ApiServer = {
    started,
    objects: core.objects,
    internals,
    ready: new Map<string, ReadyCheck>([
      ['ping', () => undefined],
      ['etcd', () => store.revision().then(() => undefined)],
      ['informer-sync', () => (state === 'started' ? undefined : 'the store has not been read yet')],
      ['shutdown', () => (state === 'closed' ? 'process is shutting down' : undefined)],
    ]),
    async call(call) {
      return whole(await run(call))
    },
    watch: (call, sink) =>
      startWatch(call, { begin: (served) => localStream(served, sink), refuse: (error) => sink.end(error) }),
    resource: (group, version, resource) => resources.find(group, version, resource)?.type,
    handle: (request, response) => handler(request, response),
    async close() {
      state = 'closed'
      feed.close()
    },
  }
  const handler = httpHandler(server)
  return server
}

const isDryRunBody = ({ verb, body }: Call): boolean =>
  (verb === 'delete' || verb === 'deletecollection') && !!(body as { dryRun?: string[] } | undefined)?.dryRun?.length

/** A watch of a component in the same process: decoded objects, shared by all. */
function localStream(served: Served, sink: CallWatchSink): WatchStream {
  const { other, type } = served
  return {
    lasting: true,
    changes: (batch) =>
      sink.events(
        other
          ? batch.map(({ type, item }): WatchEvent => ({ type, object: other.encode(item.object) }))
          : batch.map((change) => change.event),
      ),
    bookmark(revision, initialEventsEnd) {
      const object: KubeObject = {
        kind: type.kind,
        apiVersion: type.apiVersion,
        metadata: {
          resourceVersion: `${revision}`,
          ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
        },
      }
      sink.events([{ type: 'BOOKMARK', object }])
    },
    end: (error) => sink.end(error),
  }
}
