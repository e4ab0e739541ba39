import type { Node, Pod } from '../../api/core/v1/index.ts'
import { Nodes } from '../../api/core/v1/index.ts'
import { badRequest, notFound, serviceUnavailable } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { callKey, errorResource, type Request } from '../registry/core.ts'
import type { NodeEndpoint } from './connector.ts'

/** The node and URL of a pod's stream. */
export interface Target {
  node: NodeEndpoint
  /** Of the kubelet's own URL, without the query. */
  path: string
}

/** The kubelet's URL for a subresource of a pod: `/containerLogs/default/web/nginx`. */
const kubeletPaths: Record<string, string> = {
  log: 'containerLogs',
  exec: 'exec',
  attach: 'attach',
  portforward: 'portForward',
}

/** The node that runs the pod of a call, and the kubelet's URL for it. @throws ApiError 400, 404, 503 */
export async function podTarget(request: Request, query: URLSearchParams): Promise<Target> {
  const { core, served, call } = request
  await core.feed.fresh()
  const item = served.cache.get(callKey(call))
  const { subresource = '', name = '' } = call
  if (!item) throw notFound(errorResource(served.type), name)
  const pod = item.object as Stored<Pod>
  const prefix = kubeletPaths[subresource]
  if (!prefix) throw serviceUnavailable(`${subresource} is not served`)
  const isPod = subresource === 'portforward'
  const container = isPod ? '' : `/${containerOf(pod, query.get('container') ?? '', subresource)}`
  if (!pod.spec.nodeName) {
    if (subresource === 'log') throw badRequest(`pod ${name} does not have a host assigned`)
    throw badRequest(`pod ${name} does not have a host assigned`)
  }
  return {
    node: await nodeEndpoint(request, pod.spec.nodeName),
    path: `/${prefix}/${pod.metadata.namespace}/${pod.metadata.name}${container}`,
  }
}

function containerOf(pod: Stored<Pod>, asked: string, subresource: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  const names = containers.map(({ name }) => name)
  const inits = initContainers.map(({ name }) => name)
  const all = [...names, ...inits, ...ephemeralContainers.map(({ name }) => name)]
  if (asked) {
    if (all.includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
  }
  const byDefault = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (byDefault && subresource !== 'log' && names.includes(byDefault)) return byDefault
  const [only] = names
  if (only && names.length === 1) return only
  const choice = `choose one of: [${names.join(' ')}]`
  const init = inits.length > 0 ? ` or one of the init containers: [${inits.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, ${choice}${init}`)
}

/** In order of preference, where `--kubelet-preferred-address-types` names no other. */
const defaultAddressTypes = ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS', 'ExternalIP']

/** A kubelet's address, from its Node's status. */
export async function nodeEndpoint({ core }: Request, name: string): Promise<NodeEndpoint> {
  const node: Stored<Node> | undefined = await core.objects.get(Nodes, { name })
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name)
  const { addresses = [], daemonEndpoints } = node.status
  for (const type of core.kubeletAddressTypes ?? defaultAddressTypes) {
    const address = addresses.find((a) => a.type === type)?.address
    if (address) return { name, host: address, port: daemonEndpoints?.kubeletEndpoint?.Port || 10250 }
  }
  throw serviceUnavailable(`no preferred addresses found; known addresses: ${JSON.stringify(addresses)}`)
}
