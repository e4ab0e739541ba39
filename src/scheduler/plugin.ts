import type { Namespace, Node, Pod } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * A rule about where pods may go (filter) or had better go (score). A plugin looks at a pod once (`prepare`) and answers
 * with what it has to do for each node; a plugin that has nothing to say about a pod costs that pod nothing more.
 */
export interface Plugin {
  /** Upstream's name. */
  readonly name: string
  /** How much its score (0..100) counts. */
  readonly weight?: number
  prepare(pod: PodInfo, snapshot: Snapshot): Prepared | undefined
  /**
   * Whether an event may make room for a pod that this plugin turned away; such a pod is tried again. Absent: any
   * event may.
   */
  helps?(event: ClusterEvent, pod: PodInfo, snapshot: Snapshot): boolean
}

/** What one plugin does about one pod. */
export interface Prepared {
  /** No node will do at all. */
  reject?: Rejection
  /** Only these nodes can do; absent: any. */
  only?: ReadonlySet<string>
  /** Why the pod can't be on the node, or undefined: it can. */
  filter?(node: NodeInfo): Rejection | undefined
  /** How well the node suits, on a scale of the plugin's own where it has `normalize`, else 0 to 100. */
  score?(node: NodeInfo): number
  /** Looks at the nodes that passed the filters before they are scored; false: there is nothing to score. */
  beforeScore?(nodes: readonly NodeInfo[]): boolean
  /** Brings the scores of all nodes to 0..100, in place. */
  normalize?(scores: Float64Array, nodes: readonly NodeInfo[]): void
  /** Another pod came to a node (1) or left it (-1) in a what-if; undone by a call with the other sign. */
  changed?(other: PodInfo, node: NodeInfo, sign: 1 | -1): void
}

/** Why not. */
export interface Rejection {
  /** Shown to people, one sentence part each: `Insufficient cpu`. */
  reasons: readonly string[]
  /** Removing pods from the node would not help. */
  unresolvable?: boolean
}

/** A rejection that is made once and used often. */
export const rejection = (reason: string, unresolvable = false): Rejection => ({ reasons: [reason], unresolvable })

/** What happens in a cluster that may make a pending pod fit. `pod` events are about pods that have a node. */
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

/** Scales scores so that the highest is 100; `reverse` turns them round. */
export function normalizeToHighest(scores: Float64Array, reverse = false): void {
  let highest = 0
  for (const score of scores) if (score > highest) highest = score
  for (let i = 0; i < scores.length; i++) {
    const score = highest === 0 ? 0 : Math.floor(((scores[i] ?? 0) * maxScore) / highest)
    scores[i] = reverse ? maxScore - score : score
  }
}
