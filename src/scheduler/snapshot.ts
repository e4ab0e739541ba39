import type { Selector } from '../api/machinery/selectors/labels.ts'
import type { CarriedTerms } from './affinity-terms.ts'
import type { NodeInfo } from './node-info.ts'
import type { Counts, PodSet } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'

/** The cluster as one scheduling cycle sees it. */
export interface Snapshot {
  /** Neighbours in this list are in different zones, so that any stretch of it is a fair sample. */
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
  /** Pods that wait for room after a preemption, by node. */
  nominated(node: string): readonly PodInfo[]
  /** The node whose room the pod waits for. */
  nominationOf(uid: string): string | undefined
  /** The nodes that have an image, and its size in bytes. */
  image(name: string): { bytes: number; nodes: number } | undefined
  /** The counts of a set of pods. */
  counts(set: PodSet): Counts
  /** The affinity terms of pods that have a node. */
  readonly carriedTerms: CarriedTerms
  /** The nodes' values of a label, with the number of nodes of each. */
  domains(topologyKey: string): ReadonlyMap<string, number>
  everyNodeHas(label: string): boolean
  /** The selector that a pod shares with others of its Services and its controller; undefined: it has neither. */
  kinSelector(pod: PodInfo): Selector | undefined
}
