import type { Random } from '../api/random.ts'
import { type Diagnosis, emptyDiagnosis, note } from './diagnosis.ts'
import type { NodeInfo } from './node-info.ts'
import { changeNode } from './node-info.ts'
import type { Plugin, Prepared, Rejection } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

export interface CycleOptions {
  plugins: readonly Plugin[]
  random: Random
  /** Start in the snapshot's list of nodes: the previous cycle's `next`, so that all nodes get their turn. */
  start?: number
  /** Share of nodes in percent that must fit before the search ends; 0: 50 % of small clusters down to 5 % of large ones. */
  percentageOfNodesToScore?: number
}

export type Decision = ({ node: NodeInfo } | { why: Diagnosis; prepared: PreparedPlugin[] }) & {
  next: number
  /** Number of examined nodes, and of those that fit. */
  evaluated: number
  feasible: number
}

/** A plugin that applies to the present pod. */
export interface PreparedPlugin {
  plugin: Plugin
  prepared: Prepared
}

/** Finds the best node for a pod, or the reasons for having none. Changes nothing. */
export function schedule(pod: PodInfo, snapshot: Snapshot, options: CycleOptions): Decision {
  const { nodes } = snapshot
  const start = options.start ?? 0
  const why = emptyDiagnosis(nodes.length)
  const failed = (evaluated: number, prepared: PreparedPlugin[] = []): Decision => ({
    why,
    prepared,
    next: nodes.length ? (start + evaluated) % nodes.length : 0,
    evaluated,
    feasible: 0,
  })
  if (nodes.length === 0) return failed(0)

  const active: PreparedPlugin[] = []
  let only: ReadonlySet<string> | undefined
  for (const plugin of options.plugins) {
    const prepared = plugin.prepare(pod, snapshot)
    if (!prepared) continue
    if (prepared.reject) {
      why.beforehand = prepared.reject.reasons.join(', ')
      why.plugins.add(plugin.name)
      return failed(0)
    }
    if (prepared.only) only = only ? only.intersection(prepared.only) : prepared.only
    active.push({ plugin, prepared })
  }

  const feasible: NodeInfo[] = []
  const filters = active.filter(({ prepared }) => prepared.filter)
  const nominated = snapshot.node(snapshot.nominationOf(pod.uid) ?? '')
  if (nominated && (only?.has(nominated.name) ?? true) && !filterWithNominated(pod, nominated, snapshot, filters))
    return { node: nominated, next: start % nodes.length, evaluated: 1, feasible: 1 }
  const enough = only ? only.size : feasibleNodesToFind(nodes.length, options.percentageOfNodesToScore ?? 0)
  const candidates = only ? [...only].flatMap((name) => snapshot.node(name) ?? []) : nodes
  const first = only ? 0 : start % nodes.length
  let evaluated = 0
  for (; evaluated < candidates.length && feasible.length < enough; evaluated++) {
    const node = candidates[(first + evaluated) % candidates.length]
    if (!node) break
    const rejected = filterWithNominated(pod, node, snapshot, filters)
    if (!rejected) feasible.push(node)
    else note(why, node.name, rejected.plugin.name, rejected.rejection)
  }
  if (feasible.length === 0) {
    if (only) for (const { plugin, prepared } of active) if (prepared.only) why.plugins.add(plugin.name)
    return failed(evaluated, active)
  }
  const node = feasible.length === 1 ? feasible[0] : best(feasible, active, options.random)
  if (!node) return failed(evaluated, active)
  return { node, next: (start + evaluated) % nodes.length, evaluated, feasible: feasible.length }
}

/** How many fitting nodes end the search. */
export function feasibleNodesToFind(nodes: number, percentage: number): number {
  const least = 100
  if (nodes < least) return nodes
  const percent = percentage || Math.max(5, 50 - Math.floor(nodes / 125))
  return percent >= 100 ? nodes : Math.max(least, Math.floor((nodes * percent) / 100))
}

type Rejected = { plugin: Plugin; rejection: Rejection } | undefined

/** The first rejection. */
export function filter(node: NodeInfo, filters: readonly PreparedPlugin[]): Rejected {
  for (const { plugin, prepared } of filters) {
    const rejection = prepared.filter?.(node)
    if (rejection) return { plugin, rejection }
  }
  return undefined
}

/** As `filter`, but counts pods of the same or higher priority that wait for room on the node. */
function filterWithNominated(
  pod: PodInfo,
  node: NodeInfo,
  snapshot: Snapshot,
  filters: readonly PreparedPlugin[],
): Rejected {
  const waiting = snapshot.nominated(node.name)
  if (waiting.length > 0) {
    const before = waiting.filter((other) => other.uid !== pod.uid && other.priority >= pod.priority)
    if (before.length > 0) {
      for (const other of before) whatIf(node, other, 1, filters)
      const rejected = filter(node, filters)
      for (const other of before) whatIf(node, other, -1, filters)
      if (rejected) return rejected
    }
  }
  return filter(node, filters)
}

/** Pretends that a pod came to a node or left it; a call with the other sign undoes it. */
export function whatIf(node: NodeInfo, other: PodInfo, sign: 1 | -1, prepared: readonly PreparedPlugin[]): void {
  changeNode(node, other, sign)
  for (const { prepared: plugin } of prepared) plugin.changed?.(other, node, sign)
}

/** The node with the highest sum of weighted scores; a random one among equals. */
function best(nodes: readonly NodeInfo[], active: readonly PreparedPlugin[], random: Random): NodeInfo | undefined {
  const totals = new Float64Array(nodes.length)
  const scores = new Float64Array(nodes.length)
  for (const { plugin, prepared } of active) {
    if (!prepared.score || prepared.beforeScore?.(nodes) === false) continue
    for (let i = 0; i < nodes.length; i++) scores[i] = prepared.score(nodes[i] as NodeInfo)
    prepared.normalize?.(scores, nodes)
    const weight = plugin.weight ?? 1
    for (let i = 0; i < nodes.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0)
  }
  let chosen: NodeInfo | undefined
  let highest = -1
  let equals = 0
  for (let i = 0; i < nodes.length; i++) {
    const score = totals[i] ?? 0
    if (score < highest) continue
    equals = score > highest ? 1 : equals + 1
    if (equals === 1 || random.next() * equals < 1) chosen = nodes[i]
    highest = score
  }
  return chosen
}
