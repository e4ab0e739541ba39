import { type Pod, Pods, Services } from '../../api/core/v1/index.ts'
import { EndpointSlices } from '../../api/discovery/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Client } from '../../client/client.ts'
import type { Images } from './images.ts'

export interface FetchSources {
  client: Client
  random: Random
  images: Images
  /** Whether a node's machine runs and is reachable. */
  reachable(node: string): boolean
}

/**
 * Sends a request to a pod by its address, or to a ready pod of a Service by its name (`http://web.shop.svc:8080/`,
 * `http://web/` for the namespace `default`), as a proxy would route it. The `http` of the pod's image answers.
 * @throws Error of a failed connection: unknown host, refused, timed out
 */
export async function fetchIn(sources: FetchSources, request: Request): Promise<Response> {
  const { client, images, reachable } = sources
  const { hostname, port } = new URL(request.url)
  const target = await targetOf(sources, hostname, Number(port || 80))
  const pods = (await client.list(Pods)).items
  const pod = pods.find(
    ({ status, spec }) => status.podIP === target.ip && !spec.hostNetwork && status.phase === 'Running',
  )
  if (!pod || !reachable(pod.spec.nodeName ?? '')) throw new Error(`connect ETIMEDOUT ${target.ip}:${target.port}`)
  const http = images.find(imageOf(pod, target.port))?.http
  if (!http) throw new Error(`connect ECONNREFUSED ${target.ip}:${target.port}`)
  return http(request)
}

async function targetOf(
  { client, random }: FetchSources,
  host: string,
  port: number,
): Promise<{ ip: string; port: number }> {
  if (/^[\d.]+$|:/.test(host)) return { ip: host.replace(/^\[|\]$/g, ''), port }
  const [name = '', namespace = 'default'] = host.split('.')
  const service = await client.get(Services, { name, namespace }).catch((error: unknown) => {
    throw codeOf(error) === 404 ? new Error(`getaddrinfo ENOTFOUND ${host}`) : error
  })
  const wanted = service.spec.ports?.find((p) => p.port === port)
  const slices = await client.list(EndpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })
  const ready = slices.items.flatMap((slice) => {
    const to = slice.ports?.find((p) => (p.name ?? '') === (wanted?.name ?? ''))?.port
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => (wanted && to ? addresses.map((ip) => ({ ip, port: to })) : []))
  })
  const chosen = ready[Math.floor(random.next() * ready.length)]
  if (!chosen) throw new Error(`connect ECONNREFUSED ${host}:${port}`)
  return chosen
}

/** The image of the container that declares the port; else of the first. */
function imageOf({ spec: { containers } }: Stored<Pod>, port: number): string {
  const declared = containers.find(({ ports }) => ports?.some(({ containerPort }) => containerPort === port))
  return (declared ?? containers[0])?.image ?? ''
}
