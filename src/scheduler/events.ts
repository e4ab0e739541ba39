import type { Node, Pod } from '../api/core/v1/index.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { Stored } from '../api/object.ts'
import type { NodeChange, PodChange } from './plugin.ts'
import { isResizing } from './resources.ts'

/** The changes of a node that affect placement; heartbeats don't. */
export function nodeChanges(node: Stored<Node>, old: Stored<Node>): Set<NodeChange> {
  const changes = new Set<NodeChange>()
  if (differ(node.status.allocatable, old.status.allocatable)) changes.add('allocatable')
  if (differ(node.metadata.labels, old.metadata.labels)) changes.add('labels')
  const cordon = (node.spec.unschedulable ?? false) !== (old.spec.unschedulable ?? false)
  if (cordon || differ(node.spec.taints, old.spec.taints)) changes.add('taints')
  return changes
}

/** The changes of a pod that affect its own or others' placement. */
export function podChanges(pod: Stored<Pod>, old: Stored<Pod>): Set<PodChange> {
  const changes = new Set<PodChange>()
  if (differ(pod.metadata.labels, old.metadata.labels)) changes.add('labels')
  if (specChanged(pod, old) || isResizing(pod) || isResizing(old)) changes.add('requests')
  if (pod.metadata.deletionTimestamp && !old.metadata.deletionTimestamp) changes.add('terminating')
  return changes
}

function specChanged(pod: Stored<Pod>, old: Stored<Pod>): boolean {
  const { generation } = pod.metadata
  if (generation !== undefined && old.metadata.generation !== undefined) return generation !== old.metadata.generation
  return differ(pod.spec, old.spec)
}

const differ = (a: unknown, b: unknown): boolean => !jsonEqual(a, b)
