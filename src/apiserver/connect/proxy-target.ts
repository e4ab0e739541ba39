import { EndpointsResource, type Pod, type Service } from '../../api/core/v1/index.ts'
import { badRequest, notFound, serviceUnavailable } from '../../api/errors.ts'
import { contains, parseCidr, parseIp } from '../../api/ip.ts'
import type { Stored } from '../../api/object.ts'
import { callKey, errorResource, type Request } from '../registry/core.ts'
import type { NodeEndpoint, PodEndpoint } from './connector.ts'
import { nodeEndpoint } from './target.ts'

/** The target of the proxy subresource of a node, a pod or a service. */
export type ProxyTarget = { node: NodeEndpoint } | { pod: PodEndpoint }

/** The name in a proxy's URL is `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`; PORT may be a port's name, or empty. */
interface ProxyName {
  scheme: '' | 'http' | 'https'
  name: string
  port: string
}

/** @throws ApiError 400, 404, 503 */
export async function proxyTarget(request: Request): Promise<ProxyTarget> {
  const { core, served, call } = request
  const { resource } = served.type
  const target = parseName(call.name ?? '')
  if (!target) throw badRequest(`invalid ${kinds[resource] ?? resource} request ${JSON.stringify(call.name)}`)
  if (resource === 'nodes') {
    const node = await nodeEndpoint(request, target.name)
    const port = target.port === '' ? node.port : portNumber(target.port)
    if (!port) throw badRequest(`invalid node request ${JSON.stringify(call.name)}`)
    if (port !== node.port || target.scheme === 'http') return { pod: reachable(target.scheme, node.host, port) }
    return { node }
  }
  await core.feed.fresh()
  const item = served.cache.get(callKey({ ...call, name: target.name }))
  if (!item) throw notFound(errorResource(served.type), target.name)
  return {
    pod:
      resource === 'pods'
        ? podPort(item.object as Stored<Pod>, target)
        : await servicePort(request, item.object as Stored<Service>, target),
  }
}

const kinds: Record<string, string> = { nodes: 'node', pods: 'pod', services: 'service' }

function parseName(text: string): ProxyName | undefined {
  const parts = text.split(':')
  if (parts.length > 3) return undefined
  const [scheme, name, port] = parts.length === 3 ? parts : ['', ...parts]
  if (!name || (scheme !== '' && scheme !== 'http' && scheme !== 'https')) return undefined
  return { scheme, name, port: port ?? '' }
}

function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port > 0 && port < 65536 ? port : undefined
}

/** The default port: the first that a container declares, else the scheme's own. */
function podPort({ spec, status }: Stored<Pod>, { scheme, name, port }: ProxyName): PodEndpoint {
  const declared = spec.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort
  const number = port === '' ? (declared ?? (scheme === 'https' ? 443 : 80)) : portNumber(port)
  if (!number) throw badRequest(`invalid pod request ${JSON.stringify(`${name}:${port}`)}`)
  return reachable(scheme, status?.podIP ?? '', number)
}

/** A random one of the service's ready endpoints. */
async function servicePort(
  { core }: Request,
  { metadata, spec }: Stored<Service>,
  { scheme, port }: ProxyName,
): Promise<PodEndpoint> {
  const { namespace, name } = metadata
  let portName = port
  if (/^\d+$/.test(port)) {
    const declared = spec.ports?.find((p) => p.port === Number(port))
    if (!declared) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`)
    portName = declared.name ?? ''
  }
  const endpoints = await core.objects.get(EndpointsResource, { namespace: namespace ?? '', name })
  if (!endpoints) throw notFound({ group: '', resource: 'endpoints' }, name)
  const candidates = (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports
      .filter((p) => (p.name ?? '') === portName)
      .flatMap((p) =>
        // An address of another namespace's pod would bypass that namespace's access rules.
        addresses
          .filter(({ targetRef }) => !targetRef?.namespace || targetRef.namespace === namespace)
          .map(({ ip }) => ({ ip, port: p.port })),
      ),
  )
  const chosen = candidates[Math.floor(core.random.next() * candidates.length)]
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`)
  return reachable(scheme, chosen.ip, chosen.port)
}

/** The proxy must not reach this machine's loopback or link-local addresses (cloud metadata services). */
const notProxied = ['0.0.0.0/32', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32']
  .concat('::/128', '::1/128', 'fe80::/10', 'ff00::/8', '::ffff:0:0/96')
  .flatMap((text) => parseCidr(text) ?? [])

function reachable(scheme: ProxyName['scheme'], host: string, port: number): PodEndpoint {
  const ip = parseIp(host)
  if (!ip || notProxied.some((cidr) => contains(cidr, ip))) throw badRequest('address not allowed')
  return { scheme: scheme || 'http', host, port }
}
