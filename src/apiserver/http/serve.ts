import type { Backend, UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { Audit } from '../audit/trail.ts'
import type { Authentication } from '../authn/chain.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Gate } from '../flow-control/flow-control.ts'
import { inProcess } from '../in-process.ts'
import type { Family } from '../metrics/metrics.ts'
import type { Ports, ServerCore, ServerLog } from '../server.ts'
import { aggregatedWay } from './aggregated.ts'
import { type IdentityObserver, userOf } from './authenticate.ts'
import type { CborCodec } from './cbor-codec.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { httpHandler } from './handler.ts'

export interface HttpOptions {
  clock: Clock
  log: ServerLog
  authentication: Authentication
  /** `--cors-allowed-origins`: pages of these origins may use the server. Absent: of none. */
  corsOrigins?: readonly RegExp[]
  /** `--request-timeout`: an answer has to begin within this time. Milliseconds. Absent: it takes as long as it takes. */
  requestTimeoutMs?: number
  /** Tells of requests. Absent: nobody wants to know. */
  audit?: Audit
  authorize: Authorizer
  /** The contents of `/version` besides the level of the API. */
  version?: Partial<VersionInfo>
  /** More URLs that are no resources: `/.well-known/openid-configuration`. */
  documents?: Record<string, () => Promise<{ contentType: string; body: string | Uint8Array }>>
  /** Serves CBOR besides the other formats. */
  cbor?: CborCodec
  /** Decides which request may run, and when. Absent: all run at once. */
  gate?: Gate
  /** API servers behind this one. */
  aggregation?: Aggregation
  /** What other parts count, for `/metrics`. */
  families?: readonly Family[]
  /** Further pages, found by the start of their paths: `/debug/...`. Asked with the whole path; undefined: there is none. */
  debug?: (path: string) => string | undefined
}

/** The contents of `/version`. */
export interface VersionInfo {
  major: string
  minor: string
  emulationMajor: string
  emulationMinor: string
  minCompatibilityMajor: string
  minCompatibilityMinor: string
  gitVersion: string
  gitCommit: string
  gitTreeState: string
  buildDate: string
  goVersion: string
  compiler: string
  platform: string
}

/** An API server with its transports: the in-process backend, and HTTP, for a listener such as `node/listen.ts`. */
export interface ApiServer extends ServerCore, Backend {
  /** Answers one HTTP request. Never throws. */
  handle(request: HttpRequest, response: HttpResponse): void
  /** The user that an HTTP request is from. @throws ApiError 400, 401, 403 */
  userOf(request: HttpRequest, observer?: IdentityObserver): Promise<UserInfo>
  /** Tells of requests that take over their connections. */
  readonly audit?: Audit
  /** Whether a path belongs to another API server. */
  aggregates(path: string): boolean
  /** Where a request goes that belongs to another API server; undefined: it belongs to this one. @throws ApiError 403, 503 */
  aggregatedWay(request: HttpRequest, user: UserInfo): ReturnType<typeof aggregatedWay> | undefined
  /** The same server behind `front`: all its transports use the ports that `front` returns. */
  behind(front: (ports: Ports) => Ports): ApiServer
}

/** Puts the transports on a server. */
export function serve(core: ServerCore, options: HttpOptions): ApiServer {
  return {
    ...core,
    ...inProcess(core),
    handle: httpHandler(core, options),
    userOf: (request, observer) => userOf(request, options, observer),
    ...(options.audit && { audit: options.audit }),
    aggregates: (path) => options.aggregation?.find(path) !== undefined,
    aggregatedWay(request, user) {
      const { aggregation, authorize } = options
      const [path = '', search] = request.url.split('?', 2)
      const api = aggregation?.find(path)
      if (!api || !aggregation) return undefined
      return aggregatedWay(api, user, request, path, new URLSearchParams(search), { aggregation, authorize })
    },
    behind: (front) => serve({ ...core, ...front(core) }, options),
  }
}
