import type { Selector } from '../api/machinery/selectors/labels.ts'
import type { CarriedTerms } from './affinity-terms.ts'
import type { NodeInfo } from './node-info.ts'
import type { Counts, PodSet } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'

/** The cluster as one scheduling cycle sees it. */
export interface Snapshot {
  /** Neighbours in this list are of different zones, so that any stretch of it is a fair sample. */
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
  /** Pods that wait for room that preemption makes on a node, by node. */
  nominated(node: string): readonly PodInfo[]
  /** The node whose room the pod waits for. */
  nominationOf(uid: string): string | undefined
  /** The nodes that have an image, and its size in bytes. */
  image(name: string): { bytes: number; nodes: number } | undefined
  /** Where the pods of a set are. */
  counts(set: PodSet): Counts
  /** What pods that have a node say about the company of others. */
  readonly carriedTerms: CarriedTerms
  /** The values that nodes have for a label, and how many have each. */
  domains(topologyKey: string): ReadonlyMap<string, number>
  everyNodeHas(label: string): boolean
  /** What a pod has in common with others of its Services and its controller; undefined: it has neither. */
  kinSelector(pod: PodInfo): Selector | undefined
}
