import type { NodeAnswer, NodeConnector, NodeRequest, PodEndpoint } from './connector.ts'

/** A kubelet in this process: the caller's right to ask is checked already. */
export interface LocalKubelet {
  serve(request: NodeRequest): Promise<NodeAnswer>
}

/** Nodes in this process. */
export interface LocalNodes<K extends LocalKubelet = LocalKubelet> {
  /** Undefined: it is elsewhere. @throws Error when it cannot be reached */
  kubelet(name: string): K | undefined
  /** What a pod answers. Undefined: it is elsewhere. Rejects as a connection fails. */
  pod(pod: PodEndpoint, request: NodeRequest): Promise<NodeAnswer> | undefined
}

/** Asks nodes in this process without a connection, and `elsewhere` for the others. */
export function localConnector(nodes: LocalNodes, elsewhere?: NodeConnector): NodeConnector {
  const nobody = () => Promise.reject(new Error('no route to host'))
  return {
    request: async (node, request) =>
      nodes.kubelet(node.name)?.serve(request) ?? elsewhere?.request(node, request) ?? nobody(),
    requestPod: async (pod, request) => nodes.pod(pod, request) ?? elsewhere?.requestPod(pod, request) ?? nobody(),
  }
}
