import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Informers } from '../../client/informers/informer.ts'

/** A kubelet's source of pods. */
export interface PodSource {
  /** Calls `set` for each present pod first. The returned function removes it. */
  on(handler: PodHandler): () => void
  /** The newest version of a pod, by `namespace/name`. */
  get(key: string): Stored<Pod> | undefined
  /** Resolves after `set` for every pod that existed at the start. */
  readonly synced: Promise<void>
}

export interface PodHandler {
  set(pod: Stored<Pod>): void
  gone(pod: Stored<Pod>): void
}

/** The pods bound to one node, by one watch of just those. */
export function podsOfNode(informers: Informers, nodeName: string): PodSource {
  const informer = informers.of(Pods, { fieldSelector: `spec.nodeName=${nodeName}` })
  return {
    on: (handler) => informer.on({ added: handler.set, updated: handler.set, deleted: handler.gone }),
    get: (key) => informer.get(key),
    synced: informer.synced,
  }
}

/** Splits one informer over all pods among many nodes of a process: one index lookup per change, for any number of nodes. */
export function podsByNode(informers: Informers): (nodeName: string) => PodSource {
  const informer = informers.of(Pods)
  informer.addIndex('nodeName', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []))
  const handlers = new Map<string, PodHandler>()
  const handlerOf = (pod: Stored<Pod>) => handlers.get(pod.spec.nodeName ?? '')
  informer.on({
    added: (pod) => handlerOf(pod)?.set(pod),
    updated: (pod) => handlerOf(pod)?.set(pod),
    deleted: (pod) => handlerOf(pod)?.gone(pod),
  })
  return (nodeName) => ({
    on(handler) {
      handlers.set(nodeName, handler)
      for (const pod of informer.byIndex('nodeName', nodeName)) handler.set(pod)
      return () => handlers.delete(nodeName)
    },
    get: (key) => {
      const pod = informer.get(key)
      return pod && pod.spec.nodeName === nodeName && keyOf(pod) === key ? pod : undefined
    },
    synced: informer.synced,
  })
}
