import type { AccessAttributes } from '../api/access.ts'
import type { UserInfo } from '../api/call.ts'
import { type AdmissionOptions, admissionPlugins } from './admission/index.ts'
import { aggregationOf } from './aggregation/aggregation.ts'
import type { AggregatedConnector } from './aggregation/connector.ts'
import { type AuditOptions, requestAudit } from './audit/trail.ts'
import { type AuthenticationOptions, serverAuthentication } from './authn/authentication.ts'
import { authenticated } from './authn/authenticator.ts'
import { openIdDocuments } from './authn/openid.ts'
import { serviceAccountTokens, type TokenOptions } from './authn/service-account.ts'
import { counted } from './authz/counted.ts'
import { type AuthorizationModes, authorizationOf } from './authz/modes.ts'
import { gated } from './authz/policy/gate.ts'
import { selectorTexts } from './authz/selector-text.ts'
import type { Objects } from './definition.ts'
import { dumpOf } from './flow-control/dump.ts'
import { type FlowControl, flowControl } from './flow-control/flow-control.ts'
import { inFlightLimits } from './flow-control/in-flight.ts'
import { type ApiServer, type HttpOptions, serve } from './http/serve.ts'
import {
  type AccessQuestion,
  defaultServiceRange,
  definitions,
  keepServiceRanges,
  type ResourceOptions,
  ServiceAllocator,
} from './kinds/index.ts'
import { withoutPrivileged } from './kinds/privileged.ts'
import { type RuntimeConfig, servedDefinitions } from './kinds/served-versions.ts'
import { createApiServer, type ReadyCheck, type ServerOptions } from './server.ts'

export interface KubeApiServerOptions
  extends Pick<ServerOptions, 'store' | 'clock' | 'random' | 'log' | 'nodes' | 'outbound' | 'kubeletAddressTypes'>,
    Pick<HttpOptions, 'version' | 'families' | 'cbor' | 'corsOrigins' | 'requestTimeoutMs'>,
    Pick<ResourceOptions, 'eventTtlSeconds'> {
  /** `--service-cluster-ip-range`: one or two CIDRs, comma separated. Default `10.96.0.0/16`. */
  serviceClusterIPRange?: string
  /** `--service-node-port-range`. Default `30000-32767`. */
  serviceNodePortRange?: string
  admission?: AdmissionOptions
  /** Of ServiceAccount tokens. Default issuer: upstream's. */
  tokens?: Partial<Omit<TokenOptions, 'clock' | 'random'>>
  /** What is told of requests, and to whom. Absent: nothing. */
  auditing?: Pick<AuditOptions, 'policy' | 'sink'>
  /** Who users are, besides those of client certificates and ServiceAccount tokens. */
  authentication?: AuthenticationOptions
  /**
   * Limits on the requests of transports, but not of components in the same process. `maxReading` and `maxWriting`:
   * upstream's `--max-requests-inflight` and `--max-mutating-requests-inflight`; with priority and fairness the sum of them
   * counts. Absent: no limits.
   */
  requestLimits?: { maxReading: number; maxWriting: number; priorityAndFairness: boolean }
  /** `--authorization-mode`, or what is in force at present. Default: Node, RBAC. */
  authorization?: AuthorizationModes | (() => AuthorizationModes)
  /** Makes further Roles and bindings that have to be there before the first decision. */
  moreRoles?(objects: Objects): Promise<void>
  /** `--allow-privileged`. Default true. */
  allowPrivileged?: boolean
  /** `--runtime-config`. An UnknownVersion is thrown when it names what is not there. */
  runtimeConfig?: RuntimeConfig
  /** Reaches aggregated API servers. Without it, their APIs are unavailable. */
  aggregated?: AggregatedConnector
}

/** The API server, with the parts that its process looks after. */
export interface KubeApiServer extends ApiServer {
  /** Checks of the control plane's components, by their names in ComponentStatuses. May be added to. */
  readonly components: Map<string, ReadyCheck>
  /** Set with priority and fairness. */
  flow?: FlowControl
  /**
   * Writes the Roles and bindings that every cluster has, where they are missing or wrong. Who needs them waits for them
   * anyway; this only makes it happen sooner.
   */
  bootstrapRoles(): Promise<void>
  /** Somebody has changed the store's contents by other means: the Roles are looked at again when they are next needed. */
  recheckRoles(): void
}

/** The Kubernetes API server: `createApiServer` with every built-in resource and admission plugin, and its transports. */
export function kubeApiServer(options: KubeApiServerOptions): KubeApiServer {
  const { store, clock, random, log } = options
  const warn: typeof log.warn = (message, fields) => log.warn(message, fields)
  const services = new ServiceAllocator({
    store,
    clusterIPs: options.serviceClusterIPRange ?? defaultServiceRange,
    nodePorts: options.serviceNodePortRange ?? '30000-32767',
    warn,
  })
  const tokens = serviceAccountTokens({ issuers: [], ...options.tokens, clock, random })
  const authentication = serverAuthentication(options.authentication ?? {}, {
    tokens,
    clock,
    log,
    objects: () => core.objects,
    outbound: options.outbound,
  })
  const { authorizer, rbac } = authorizationOf(options.authorization, { outbound: options.outbound, clock })
  const decisions = counted(authorizer, clock)
  const authorize = gated(decisions.authorizer, async () => {
    await core.started
    const { bootstrapRoles } = await import('./authz/policy/bootstrap.ts')
    await bootstrapRoles(core.objects)
    await options.moreRoles?.(core.objects)
  })
  const components = new Map<string, ReadyCheck>([['etcd-0', () => store.revision().then(() => undefined)]])
  const all = definitions({
    ...options,
    components,
    services,
    issueToken: (request, account) => tokens.issue(request, account),
    authenticate: (token, audiences) => authentication.review(token, audiences),
    authorize: async (user, question) => authorize.authorize(accessAsked(user, question)),
    rulesFor: async (user, namespace) => authorize.rulesFor(authenticated(user), namespace),
    rights: rbac,
  })
  const wanted = options.runtimeConfig ? servedDefinitions(all, options.runtimeConfig) : all
  const resources = options.allowPrivileged === false ? withoutPrivileged(wanted) : wanted
  const core = createApiServer({
    ...options,
    definitions: resources,
    admission: admissionPlugins(options.admission, {
      outbound: options.outbound,
      policies: {
        decide: ({ fieldSelector: _, labelSelector: __, ...access }) => authorize.authorize(access),
        findKind: (apiVersion, kind) => core.resources.ofKind(apiVersion, kind),
      },
    }),
    authorize,
  })
  authorize.attach?.(core.resources)
  tokens.attach(core.objects)
  const { requestLimits } = options
  const flow = requestLimits?.priorityAndFairness
    ? flowControl({
        clock,
        resources: core.resources,
        seats: requestLimits.maxReading + requestLimits.maxWriting,
        ...(options.requestTimeoutMs && { maxWaitMs: options.requestTimeoutMs / 4 }),
      })
    : undefined
  const { resources: served, objects } = core
  const aggregation = aggregationOf({ resources: served, objects, clock, connector: options.aggregated, warn })
  let stopKeeping = () => {}
  let closed = false
  const keep = () => {
    if (closed) return
    stopKeeping = keepServiceRanges(services, core.objects, clock, warn)
    aggregation.begin()
    flow?.begin()
  }
  core.started.then(keep, () => {})
  const close = () => {
    closed = true
    stopKeeping()
    aggregation.stop()
    flow?.close()
    return core.close()
  }
  const gate =
    flow ?? (requestLimits && inFlightLimits({ reading: requestLimits.maxReading, writing: requestLimits.maxWriting }))
  const server = serve(
    { ...core, close },
    {
      ...options,
      authentication,
      authorize,
      aggregation,
      documents: openIdDocuments(tokens),
      ...(options.auditing && { audit: requestAudit({ ...options.auditing, clock, random }) }),
      ...(gate && { gate }),
      families: [...(options.families ?? []), ...decisions.families, ...(flow?.families ?? [])],
      ...(flow && { debug: (path: string) => dumpOf(path, flow) }),
    },
  )
  return { ...server, components, ...(flow && { flow }), bootstrapRoles: authorize.open, recheckRoles: authorize.close }
}

function accessAsked(user: UserInfo, question: AccessQuestion): AccessAttributes {
  const known = authenticated(user)
  if (question.path !== undefined) return { user: known, verb: question.verb, path: question.path }
  const { fieldSelector: _, labelSelector: __, ...resource } = question.resource
  return { user: known, ...resource, ...selectorTexts(question.resource), verb: resource.verb ?? '' }
}
