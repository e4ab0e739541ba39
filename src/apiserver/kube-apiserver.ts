import type { UserInfo } from '../api/call.ts'
import { type AdmissionOptions, admissionPlugins } from './admission/index.ts'
import { authenticated } from './authn/authenticator.ts'
import { certificateAuthenticator } from './authn/certificate.ts'
import { openIdDocuments } from './authn/openid.ts'
import { serviceAccountTokens, type TokenOptions } from './authn/service-account.ts'
import type { AccessAttributes, Authorizer } from './authz/authorizer.ts'
import { componentAuthorizer, componentRules } from './authz/components.ts'
import {
  type AccessQuestion,
  defaultServiceRange,
  definitions,
  keepServiceRanges,
  type ResourceOptions,
  ServiceAllocator,
} from './kinds/index.ts'
import { type ApiServer, createApiServer, type ServerOptions } from './server.ts'

export interface KubeApiServerOptions
  extends Pick<ServerOptions, 'store' | 'clock' | 'random' | 'log' | 'version' | 'nodes' | 'maxInFlight'>,
    Pick<ResourceOptions, 'eventTtlSeconds'> {
  /** `--service-cluster-ip-range`: one or two CIDRs, comma separated. Default `10.96.0.0/16`. */
  serviceClusterIPRange?: string
  /** `--service-node-port-range`. Default `30000-32767`. */
  serviceNodePortRange?: string
  admission?: AdmissionOptions
  /** Of ServiceAccount tokens. Default issuer: upstream's. */
  tokens?: Partial<Omit<TokenOptions, 'clock' | 'random'>>
  /** Besides client certificates and ServiceAccount tokens. */
  authenticate?: ServerOptions['authenticate']
  /** Default: `componentAuthorizer`. */
  authorize?: Authorizer
}

/** The Kubernetes API server: `createApiServer` with every built-in resource, admission plugin and authenticator. */
export function kubeApiServer(options: KubeApiServerOptions): ApiServer {
  const { store, clock, random, log, authorize = componentAuthorizer, authenticate = [] } = options
  const warn: typeof log.warn = (message, fields) => log.warn(message, fields)
  const services = new ServiceAllocator({
    store,
    clusterIPs: options.serviceClusterIPRange ?? defaultServiceRange,
    nodePorts: options.serviceNodePortRange ?? '30000-32767',
    warn,
  })
  const tokens = serviceAccountTokens({
    issuer: 'https://kubernetes.default.svc.cluster.local',
    ...options.tokens,
    clock,
    random,
  })
  const resources = definitions({
    ...options,
    services,
    issueToken: (request, account) => tokens.issue(request, account),
    async authenticate(token, audiences) {
      const found = await tokens.verify(token, audiences)
      if (found) return found
      for (const authenticator of authenticate) {
        const user = await authenticator.authenticate({ token })
        if (user) return { user: authenticated(user) }
      }
      return undefined
    },
    authorize: async (user, question) => authorize.authorize(accessAsked(user, question)),
    rulesFor: async (user) => componentRules(user),
  })
  const server = createApiServer({
    ...options,
    definitions: resources,
    admission: admissionPlugins(options.admission),
    authenticate: [certificateAuthenticator, tokens, ...authenticate],
    authorize,
    documents: openIdDocuments(tokens),
  })
  tokens.attach(server.objects)
  let stopKeeping = () => {}
  let closed = false
  const keep = () => {
    if (!closed) stopKeeping = keepServiceRanges(services, server.objects, clock, warn)
  }
  server.started.then(keep, () => {})
  return {
    ...server,
    close() {
      closed = true
      stopKeeping()
      return server.close()
    },
  }
}

function accessAsked(user: UserInfo, question: AccessQuestion): AccessAttributes {
  const known = authenticated(user)
  if (question.path !== undefined) return { user: known, verb: question.verb, path: question.path }
  return { user: known, ...question.resource, verb: question.resource.verb ?? '' }
}
