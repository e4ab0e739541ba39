import type { NodeAnswer } from '../../apiserver/connect/connector.ts'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import type { Client } from '../../client/client.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import { type FetchSources, fetchIn } from './fetch.ts'
import type { SimulatedMachine } from './nodes.ts'

/** The network of a test cluster: how its API server reaches nodes and pods, and how programs in it reach each other. */
export interface ClusterNetwork extends LocalNodes<Kubelet> {
  /** By their nodes' names. */
  readonly machines: Map<string, SimulatedMachine>
  /** Whether a node's requests get through; undefined for an unknown node. */
  reaches(node: string): boolean | undefined
  /** Finds pods and Services through `client` from now on. */
  lookUpWith(client: Client): void
  /** Sends a request to a pod or a Service, see `cluster.fetch`. */
  fetch(request: Request): Promise<Response>
}

export function clusterNetwork(sources: Pick<FetchSources, 'images' | 'random'>): ClusterNetwork {
  const machines = new Map<string, SimulatedMachine>()
  const reaches = (node: string) => machines.get(node)?.reachable
  let lookingUp: Client | undefined

  async function fetch(request: Request): Promise<Response> {
    if (!lookingUp) throw new Error('the network of the cluster has not been connected to its API server')
    return fetchIn({ ...sources, client: lookingUp, reachable: (node) => reaches(node) ?? false }, request)
  }

  return {
    machines,
    reaches,
    lookUpWith(client) {
      lookingUp = client
    },
    fetch,
    kubelet: (name) => machines.get(name)?.reachableKubelet(),
    async pod({ scheme, host, port }, { method, path, headers, body, signal }) {
      const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      const sent: [string, string][] = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])
      const content = body && new Uint8Array(body)
      const url = `${scheme}://${authority}${path}`
      const answer = await fetch(new Request(url, { method, headers: sent, signal, ...(content && { body: content }) }))
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: chunksOf(answer) }
    },
  }
}

async function* chunksOf({ body }: Response): NodeAnswer['body'] & AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) yield next.value
}
