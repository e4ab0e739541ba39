import type { NodeAnswer, NodeConnector, NodeRequest, PodEndpoint } from './connector.ts'

/** A kubelet in this process; the caller is authorized already. */
export interface LocalKubelet {
  serve(request: NodeRequest): Promise<NodeAnswer>
}

/** Nodes in this process. */
export interface LocalNodes<K extends LocalKubelet = LocalKubelet> {
  /** Undefined: the node is elsewhere. @throws Error if it is unreachable */
  kubelet(name: string): K | undefined
  /** A pod's answer. Undefined: the pod is elsewhere. Rejects like a failed connection. */
  pod(pod: PodEndpoint, request: NodeRequest): Promise<NodeAnswer> | undefined
}

/** Reaches nodes in this process without a connection, and others through `elsewhere`. */
export function localConnector(nodes: LocalNodes, elsewhere?: NodeConnector): NodeConnector {
  const nobody = () => Promise.reject(new Error('no route to host'))
  return {
    request: async (node, request) =>
      nodes.kubelet(node.name)?.serve(request) ?? elsewhere?.request(node, request) ?? nobody(),
    requestPod: async (pod, request) => nodes.pod(pod, request) ?? elsewhere?.requestPod(pod, request) ?? nobody(),
  }
}
