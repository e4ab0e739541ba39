/** A kubelet's address, and the name that its certificate must have. */
export interface NodeEndpoint {
  name: string
  host: string
  port: number
}

/** A pod's port for the proxy of pods and services: without credentials, with any certificate. */
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
