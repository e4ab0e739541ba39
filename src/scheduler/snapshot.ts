import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** The cluster as one scheduling cycle sees it. */
export interface Snapshot {
  /** Neighbours in this list are of different zones, so that any stretch of it is a fair sample. */
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
  /** Pods that wait for room that preemption makes on a node, by node. */
  nominated(node: string): readonly PodInfo[]
  /** The nodes that have an image, and its size in bytes. */
  image(name: string): { bytes: number; nodes: number } | undefined
}
