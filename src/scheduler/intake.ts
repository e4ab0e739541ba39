import { isTerminal } from '../api/core/pods.ts'
import { Namespaces, Nodes, type Pod, Pods } from '../api/core/v1/index.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { Stored } from '../api/object.ts'
import type { Informers } from '../client/informers/informer.ts'
import type { Cache } from './cache.ts'
import { nodeChanges, podChanges } from './events.ts'
import type { ClusterEvent } from './plugin.ts'
import { podInfo } from './pod-info.ts'
import type { SchedulingQueue } from './queue.ts'

/** The receivers of changes. */
export interface Destination {
  cache: Cache
  queue: SchedulingQueue
  /** The pod waits for this scheduler to place it. */
  isOurs(pod: Stored<Pod>): boolean
  /** An event that may make room for pods without a node. */
  happened(event: ClusterEvent): void
}

/** Passes changes on to cache and queue. */
export interface Intake extends Pick<Destination, 'happened'> {
  readonly synced: Promise<unknown>
  stop(): void
}

/** Updates the cache with nodes and their pods, and the queue with pods without a node, from informers. */
export function takeIn(informers: Informers, { cache, queue, isOurs, happened }: Destination): Intake {
  const pods = informers.of(Pods)
  const nodes = informers.of(Nodes)
  const namespaces = informers.of(Namespaces)
  const read = (pod: Stored<Pod>) => podInfo(pod, (name) => namespaces.get(name)?.metadata.labels)

  const removals = [
    nodes.on({
      added(node) {
        cache.setNode(node)
        happened({ type: 'nodeAdded', node })
      },
      updated(node, old) {
        const what = nodeChanges(node, old)
        cache.setNode(node)
        if (what.size > 0) happened({ type: 'nodeChanged', node, old, what })
      },
      deleted(node) {
        cache.removeNode(node.metadata.name)
        happened({ type: 'nodeDeleted', node })
      },
    }),
    namespaces.on({
      updated(namespace, old) {
        if (jsonEqual(namespace.metadata.labels, old.metadata.labels)) return
        cache.namespaceChanged()
        happened({ type: 'namespaceChanged', namespace })
      },
    }),
    pods.on({ added: podAdded, updated: podUpdated, deleted: podGone }),
  ]

  function podAdded(pod: Stored<Pod>): void {
    if (isTerminal(pod)) podGone(pod)
    else if (pod.spec.nodeName) {
      queue.remove(pod.metadata.uid)
      if (!cache.confirm(pod, pod.spec.nodeName)) cache.setPod(read(pod), pod.spec.nodeName)
      happened({ type: 'podAdded', pod })
    } else if (isOurs(pod)) {
      const info = read(pod)
      if (pod.status.nominatedNodeName) cache.nominate(info.uid, { pod: info, node: pod.status.nominatedNodeName })
      queue.add(info)
    } else podGone(pod)
  }

  function podUpdated(pod: Stored<Pod>, old: Stored<Pod>): void {
    const { uid } = pod.metadata
    const sameNode = pod.spec.nodeName === old.spec.nodeName
    const what = podChanges(pod, old)
    if (!sameNode || isTerminal(pod)) podAdded(pod)
    else if (pod.spec.nodeName) {
      if (what.size === 0 && cache.confirm(pod, pod.spec.nodeName)) return
      cache.setPod(read(pod), pod.spec.nodeName)
      happened({ type: 'podChanged', pod, old, what })
    } else if (isOurs(pod)) {
      if (what.size > 0 || !queue.get(uid)) podAdded(pod)
      else queue.refresh(read(pod))
    } else podGone(pod)
  }

  function podGone(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    queue.remove(uid)
    const counted = cache.pod(uid) !== undefined || cache.nominationOf(uid) !== undefined
    cache.nominate(uid, undefined)
    cache.removePod(uid)
    if (counted) happened({ type: 'podDeleted', pod })
  }

  return {
    happened,
    synced: Promise.all([pods.synced, nodes.synced, namespaces.synced]),
    stop() {
      for (const remove of removals) remove()
    },
  }
}
