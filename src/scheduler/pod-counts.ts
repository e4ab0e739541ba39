import type { Selector } from '../api/machinery/selectors/labels.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** Counts a set of pods by place. */
export interface PodSet {
  /** Equal for equal sets. */
  readonly id: string
  matches(pod: PodInfo): boolean
  /** The namespace of all its pods; absent: any. */
  readonly namespace?: string
  /** All its pods have this label: `app=web`. */
  readonly label?: string
}

/** A label that all objects have which the selector matches. */
export function labelOf({ requirements }: Selector): string | undefined {
  const exact = requirements.find(({ operator, values }) => values.length === 1 && /^(==?|in)$/.test(operator))
  return exact && `${exact.key}=${exact.values[0]}`
}

export interface Counts {
  readonly byNode: ReadonlyMap<string, number>
  /** By the values that nodes have for a label. */
  by(topologyKey: string): ReadonlyMap<string, number>
}

/** The most sets to keep counts of; the least recently used one goes. */
const mostSets = 2000

/**
 * Counts sets of pods by node, zone and so on. The first use of a set counts all pods; from then on, each pod that comes or
 * goes updates it. So placing a pod costs one step for each set it may be in, never a walk over all pods.
 */
export class PodCounts {
  readonly #nodes: () => Iterable<NodeInfo>
  /** By id, the most recently used at the end. */
  readonly #sets = new Map<string, SetCounts>()
  /** By namespace (or none) and label (or none): finds the sets that a pod may be in. */
  readonly #filed = new Map<string, Set<SetCounts>>()

  constructor(nodes: () => Iterable<NodeInfo>) {
    this.#nodes = nodes
  }

  of(set: PodSet): Counts {
    let counts = this.#sets.get(set.id)
    if (counts) this.#sets.delete(set.id)
    else counts = this.#begin(set)
    this.#sets.set(set.id, counts)
    return counts
  }

  /** A pod came to a node or left it. */
  file(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    if (this.#sets.size === 0) return
    for (const namespace of [pod.namespace, undefined]) {
      this.#fileIn(this.#filed.get(fileOf(namespace, undefined)), pod, node, sign)
      for (const key in pod.labels)
        this.#fileIn(this.#filed.get(fileOf(namespace, `${key}=${pod.labels[key]}`)), pod, node, sign)
    }
  }

  #fileIn(sets: Iterable<SetCounts> | undefined, pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    for (const counts of sets ?? []) if (counts.set.matches(pod)) counts.add(node, sign)
  }

  /** Forgets sets that span namespaces, after the labels of a namespace have changed. */
  forgetWide(): void {
    for (const counts of [...this.#sets.values()]) if (counts.set.namespace === undefined) this.#end(counts)
  }

  #begin(set: PodSet): SetCounts {
    const counts = new SetCounts(set, this.#nodes)
    for (const node of this.#nodes()) {
      for (const pod of node.pods.values()) {
        if (set.namespace !== undefined && pod.namespace !== set.namespace) continue
        if (set.matches(pod)) counts.add(node, 1)
      }
    }
    const file = fileOf(set.namespace, set.label)
    const filed = this.#filed.get(file)
    if (filed) filed.add(counts)
    else this.#filed.set(file, new Set([counts]))
    const [longestAgo] = this.#sets.values()
    if (this.#sets.size >= mostSets && longestAgo) this.#end(longestAgo)
    return counts
  }

  #end(counts: SetCounts): void {
    this.#sets.delete(counts.set.id)
    const file = fileOf(counts.set.namespace, counts.set.label)
    const filed = this.#filed.get(file)
    filed?.delete(counts)
    if (filed?.size === 0) this.#filed.delete(file)
  }
}

const fileOf = (namespace = '*', label = '') => `${namespace}/${label}`

class SetCounts implements Counts {
  readonly set: PodSet
  readonly byNode = new Map<string, number>()
  readonly #byTopology = new Map<string, Map<string, number>>()
  readonly #nodes: () => Iterable<NodeInfo>

  constructor(set: PodSet, nodes: () => Iterable<NodeInfo>) {
    this.set = set
    this.#nodes = nodes
  }

  by(topologyKey: string): ReadonlyMap<string, number> {
    let counts = this.#byTopology.get(topologyKey)
    if (!counts) {
      counts = new Map()
      for (const node of this.#nodes()) {
        const value = node.labels[topologyKey]
        if (value !== undefined) addTo(counts, value, this.byNode.get(node.name) ?? 0)
      }
      this.#byTopology.set(topologyKey, counts)
    }
    return counts
  }

  add(node: NodeInfo, sign: 1 | -1): void {
    addTo(this.byNode, node.name, sign)
    for (const [key, counts] of this.#byTopology) {
      const value = node.labels[key]
      if (value !== undefined) addTo(counts, value, sign)
    }
  }
}

/** Entries of 0 are not kept. */
export function addTo(counts: Map<string, number>, key: string, amount: number): void {
  const sum = (counts.get(key) ?? 0) + amount
  if (sum === 0) counts.delete(key)
  else counts.set(key, sum)
}
