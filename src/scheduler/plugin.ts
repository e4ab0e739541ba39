import type { Namespace, Node, Pod } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * A rule about where pods may go (filter) or should preferably go (score). A plugin reads a pod once (`prepare`) and returns
 * functions to call for each node; a plugin that does not apply to a pod costs it nothing more.
 */
export interface Plugin {
  /** Upstream's name. */
  readonly name: string
  /** The weight of its score (0..100). */
  readonly weight?: number
  prepare(pod: PodInfo, snapshot: Snapshot): Prepared | undefined
  /**
   * Whether an event may make room for a pod that this plugin rejected; the queue then retries the pod. Absent: any event may.
   */
  helps?(event: ClusterEvent, pod: PodInfo, snapshot: Snapshot): boolean
}

/** One plugin's functions for one pod. */
export interface Prepared {
  /** No node can fit. */
  reject?: Rejection
  /** Only these nodes can fit; absent: any. */
  only?: ReadonlySet<string>
  /** Why the pod can't run on the node; undefined: it can. */
  filter?(node: NodeInfo): Rejection | undefined
  /** The node's score, on the plugin's own scale if it has `normalize`, else 0 to 100. */
  score?(node: NodeInfo): number
  /** Reads the nodes that passed the filters, before scoring; false: there is nothing to score. */
  beforeScore?(nodes: readonly NodeInfo[]): boolean
  /** Brings the scores of all nodes to 0..100, in place. */
  normalize?(scores: Float64Array, nodes: readonly NodeInfo[]): void
  /** Another pod came to a node (1) or left it (-1) in a what-if; a call with the other sign undoes it. */
  changed?(other: PodInfo, node: NodeInfo, sign: 1 | -1): void
}

/** A plugin's reasons against a node. */
export interface Rejection {
  /** Shown to people, one sentence part each: `Insufficient cpu`. */
  reasons: readonly string[]
  /** Removing pods from the node would not help. */
  unresolvable?: boolean
}

/** Makes a rejection once, for repeated use. */
export const rejection = (reason: string, unresolvable = false): Rejection => ({ reasons: [reason], unresolvable })

/** An event that may make a pending pod fit. `pod` events concern pods that have a node. */
export type ClusterEvent =
  | { type: 'nodeAdded'; node: Stored<Node> }
  | { type: 'nodeChanged'; node: Stored<Node>; old: Stored<Node>; what: ReadonlySet<NodeChange> }
  | { type: 'nodeDeleted'; node: Stored<Node> }
  | { type: 'podAdded'; pod: Stored<Pod> }
  | { type: 'podChanged'; pod: Stored<Pod>; old: Stored<Pod>; what: ReadonlySet<PodChange> }
  | { type: 'podDeleted'; pod: Stored<Pod> }
  | { type: 'namespaceChanged'; namespace: Stored<Namespace> }

export type NodeChange = 'allocatable' | 'labels' | 'taints'
export type PodChange = 'labels' | 'requests' | 'terminating'

export const maxScore = 100

/** Scales scores so that the highest is 100; `reverse` inverts them. */
export function normalizeToHighest(scores: Float64Array, reverse = false): void {
  let highest = 0
  for (const score of scores) if (score > highest) highest = score
  for (let i = 0; i < scores.length; i++) {
    const score = highest === 0 ? 0 : Math.floor(((scores[i] ?? 0) * maxScore) / highest)
    scores[i] = reverse ? maxScore - score : score
  }
}
