import type { Node, Pod } from '../api/core/v1/index.ts'
import type { Selector } from '../api/machinery/selectors/labels.ts'
import type { Stored } from '../api/object.ts'
import { CarriedTerms } from './affinity-terms.ts'
import { changeNode, type NodeInfo, nodeFacts, nodeInfo, zone } from './node-info.ts'
import { addTo, type Counts, PodCounts, type PodSet } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

const regionLabel = 'topology.kubernetes.io/region'

/**
 * The scheduler's view of nodes and their pods, updated by each change. A pod is on its chosen node from that moment on
 * (assumed), long before the API server confirms it.
 */
export class Cache implements Snapshot {
  readonly #nodes = new Map<string, NodeInfo>()
  /** By uid: the pod as counted, and its node. */
  readonly #pods = new Map<string, { pod: PodInfo; node: string; assumed: boolean }>()
  /** Pods whose node does not exist (yet). */
  readonly #strays = new Map<string, Set<string>>()
  readonly #nominated = new Map<string, PodInfo[]>()
  /** By uid: the node whose room the pod waits for. */
  readonly #nominations = new Map<string, string>()
  readonly #images = new Map<string, { bytes: number; nodes: number }>()
  readonly #domains = new Map<string, Map<string, number>>()
  readonly #counts = new PodCounts(() => this.#nodes.values())
  readonly carriedTerms = new CarriedTerms()
  readonly kinSelector: (pod: PodInfo) => Selector | undefined
  #ordered: NodeInfo[] | undefined

  /** `kinSelector`: selects pods of the same Services and controller. */
  constructor(kinSelector: (pod: PodInfo) => Selector | undefined = () => undefined) {
    this.kinSelector = kinSelector
  }

  get nodes(): readonly NodeInfo[] {
    this.#ordered ??= interleaved(this.#nodes.values())
    return this.#ordered
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name)
  }

  image(name: string): { bytes: number; nodes: number } | undefined {
    return this.#images.get(name)
  }

  counts(set: PodSet): Counts {
    return this.#counts.of(set)
  }

  domains(topologyKey: string): ReadonlyMap<string, number> {
    let domains = this.#domains.get(topologyKey)
    if (!domains) {
      domains = new Map()
      for (const { labels } of this.#nodes.values()) {
        const value = labels[topologyKey]
        if (value !== undefined) addTo(domains, value, 1)
      }
      this.#domains.set(topologyKey, domains)
    }
    return domains
  }

  everyNodeHas(label: string): boolean {
    let nodes = 0
    for (const count of this.domains(label).values()) nodes += count
    return nodes === this.#nodes.size
  }

  /** The labels of a namespace have changed: recounts the pods that they select. */
  namespaceChanged(): void {
    this.#counts.forgetWide()
  }

  nominated(node: string): readonly PodInfo[] {
    return this.#nominated.get(node) ?? nobody
  }

  nominationOf(uid: string): string | undefined {
    return this.#nominations.get(uid)
  }

  /** Adds or updates a node. */
  setNode(node: Stored<Node>): void {
    const { name } = node.metadata
    const present = this.#nodes.get(name)
    if (!present) {
      const info = nodeInfo(node)
      this.#nodes.set(name, info)
      this.#ordered = undefined
      this.#countImages(info, 1)
      this.#countLabels(info, 1)
      for (const uid of this.#strays.get(name) ?? []) {
        const stray = this.#pods.get(uid)
        if (stray) this.#place(stray.pod, info, 1)
      }
      this.#strays.delete(name)
      return
    }
    const labelsMoved = !sameLabels(present.labels, node.metadata.labels ?? {})
    if (labelsMoved && zoneOf(present.labels) !== zoneOf(node.metadata.labels ?? {})) this.#ordered = undefined
    if (present.node.status.images !== node.status.images) this.#countImages(present, -1)
    const imagesMoved = present.node.status.images !== node.status.images
    if (labelsMoved) {
      for (const pod of present.pods.values()) this.#file(pod, present, -1)
      this.#countLabels(present, -1)
    }
    Object.assign(present, nodeFacts(node))
    if (labelsMoved) {
      for (const pod of present.pods.values()) this.#file(pod, present, 1)
      this.#countLabels(present, 1)
    }
    if (imagesMoved) this.#countImages(present, 1)
  }

  removeNode(name: string): void {
    const present = this.#nodes.get(name)
    if (!present) return
    this.#countImages(present, -1)
    this.#countLabels(present, -1)
    this.#nodes.delete(name)
    this.#ordered = undefined
    for (const pod of present.pods.values()) {
      this.#file(pod, present, -1)
      this.#stray(pod.uid, name)
    }
  }

  /** Adds a pod on a node, as the API server reports it (or, assumed, as we chose). Replaces its old state. */
  setPod(pod: PodInfo, node: string, assumed = false): void {
    this.removePod(pod.uid)
    this.#pods.set(pod.uid, { pod, node, assumed })
    const info = this.#nodes.get(node)
    if (info) this.#place(pod, info, 1)
    else this.#stray(pod.uid, node)
  }

  removePod(uid: string): void {
    const known = this.#pods.get(uid)
    if (!known) return
    this.#pods.delete(uid)
    const info = this.#nodes.get(known.node)
    if (info?.pods.has(uid)) this.#place(known.pod, info, -1)
    this.#strays.get(known.node)?.delete(uid)
  }

  pod(uid: string): { pod: PodInfo; node: string; assumed: boolean } | undefined {
    return this.#pods.get(uid)
  }

  /**
   * Updates a pod whose counted parts are unchanged; false: this node does not have it.
   */
  confirm(pod: Stored<Pod>, node: string): boolean {
    const known = this.#pods.get(pod.metadata.uid)
    if (known?.node !== node) return false
    known.assumed = false
    known.pod.pod = pod
    return true
  }

  /** A pod waits for room on a node, or (undefined) no longer for any. */
  nominate(uid: string, nomination: { pod: PodInfo; node: string } | undefined): void {
    const before = this.#nominations.get(uid)
    if (before !== undefined) {
      this.#nominated.set(
        before,
        this.nominated(before).filter((other) => other.uid !== uid),
      )
      this.#nominations.delete(uid)
    }
    if (!nomination) return
    this.#nominations.set(uid, nomination.node)
    this.#nominated.set(nomination.node, [...this.nominated(nomination.node), nomination.pod])
  }

  #place(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    changeNode(node, pod, sign)
    this.#file(pod, node, sign)
  }

  /** Updates the counts by topology. */
  #file(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    this.#counts.file(pod, node, sign)
    this.carriedTerms.file(pod, node, sign)
  }

  #countLabels({ labels }: NodeInfo, sign: 1 | -1): void {
    for (const [key, domains] of this.#domains) {
      const value = labels[key]
      if (value !== undefined) addTo(domains, value, sign)
    }
  }

  #stray(uid: string, node: string): void {
    const strays = this.#strays.get(node)
    if (strays) strays.add(uid)
    else this.#strays.set(node, new Set([uid]))
  }

  #countImages(node: NodeInfo, sign: 1 | -1): void {
    for (const [name, bytes] of node.images) {
      const known = this.#images.get(name) ?? { bytes, nodes: 0 }
      known.nodes += sign
      if (known.nodes > 0) this.#images.set(name, known)
      else this.#images.delete(name)
    }
  }
}

const nobody: readonly PodInfo[] = []
const zoneOf = (labels: Record<string, string>) => `${labels[regionLabel] ?? ''}/${labels[zone] ?? ''}`

function sameLabels(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/** Takes one node of each zone in turn. */
function interleaved(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = [...Map.groupBy(nodes, (node) => zoneOf(node.labels)).values()]
  if (zones.length === 1) return zones[0] ?? []
  const longest = Math.max(0, ...zones.map((zone) => zone.length))
  return Array.from({ length: longest }, (_, i) => zones.flatMap((zone) => zone[i] ?? [])).flat()
}
