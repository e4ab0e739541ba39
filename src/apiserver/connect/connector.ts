/** Where a node's kubelet listens, and the name its certificate is checked for. */
export interface NodeEndpoint {
  name: string
  host: string
  port: number
}

/** What a pod listens on, as the proxy of pods and services reaches it: without credentials, trusting any certificate. */
export interface PodEndpoint {
  scheme: 'http' | 'https'
  host: string
  port: number
}

/** How the server reaches kubelets: with its own client certificate, over TLS. */
export interface NodeConnector {
  /** An ordinary request, with a body that streams. `path` holds the query. */
  request(node: NodeEndpoint, request: NodeRequest): Promise<NodeAnswer>
  /** The same to what runs in a pod. */
  requestPod(pod: PodEndpoint, request: NodeRequest): Promise<NodeAnswer>
}

export interface NodeRequest {
  method: string
  path: string
  headers: Record<string, string | string[]>
  body?: Uint8Array
  signal: AbortSignal
}

export interface NodeAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: AsyncIterable<Uint8Array>
}
