import { selectorOf } from '../api/machinery/selectors/labels.ts'
import type { Stored } from '../api/object.ts'
import type { PodDisruptionBudget } from '../api/policy/v1/index.ts'
import type { Random } from '../api/random.ts'
import { filter, type PreparedPlugin, whatIf } from './cycle.ts'
import { type Diagnosis, explain } from './diagnosis.ts'
import type { NodeInfo } from './node-info.ts'
import { type Rejection, rejection } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

export interface PreemptionOptions {
  prepared: readonly PreparedPlugin[]
  /** Why the pod had no room. */
  why: Diagnosis
  budgets: readonly Stored<PodDisruptionBudget>[]
  random: Random
}

export type Preemption = { node: string; victims: PodInfo[] } | { message: string }

/** How many candidate nodes to examine: a tenth, but at least 100. */
const candidatesToFind = (nodes: number) => Math.max(100, Math.floor(nodes / 10))

const notHelpful = rejection('Preemption is not helpful for scheduling')
const noVictims = rejection('No preemption victims found for incoming pod')

/** Finds the node where preemption does the least harm, and its victims, pods of lower priority. */
export function preempt(pod: PodInfo, snapshot: Snapshot, options: PreemptionOptions): Preemption {
  const { why, prepared, budgets, random } = options
  const ineligible = notEligible(pod, snapshot)
  if (ineligible) return { message: `preemption: not eligible due to ${ineligible}.` }
  const hopeful = snapshot.nodes.filter(({ name }) => {
    const rejected = why.rejections.get(name)
    return rejected && !rejected.unresolvable
  })
  const rejections = new Map<string, Rejection>()
  for (const { name } of snapshot.nodes) rejections.set(name, notHelpful)

  const candidates: Candidate[] = []
  const filters = prepared.filter((one) => one.prepared.filter)
  const offset = Math.floor(random.next() * hopeful.length)
  for (let i = 0; i < hopeful.length && candidates.length < candidatesToFind(snapshot.nodes.length); i++) {
    const node = hopeful[(offset + i) % hopeful.length]
    if (!node) break
    const found = victimsOn(node, pod, { prepared, filters, budgets })
    if ('victims' in found) candidates.push(found)
    else rejections.set(node.name, found)
  }
  const [best] = candidates.sort(compareHarm)
  if (best) return { node: best.node.name, victims: best.victims }
  const inner: Diagnosis = { nodes: snapshot.nodes.length, rejections, plugins: new Set() }
  return { message: `preemption: ${explain(inner)}` }
}

/** A pod with victims waits until they are gone, and does not preempt on the next node. */
function notEligible(pod: PodInfo, snapshot: Snapshot): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'preemptionPolicy=Never'
  const nominated = snapshot.node(snapshot.nominationOf(pod.uid) ?? '')
  const leaving = [...(nominated?.pods.values() ?? [])].some(
    (other) => other.terminating && other.priority < pod.priority,
  )
  return leaving ? 'a terminating pod on the nominated node' : undefined
}

interface Candidate {
  node: NodeInfo
  /** The most important first. */
  victims: PodInfo[]
  /** Victims whose disruption budget is used up. */
  violations: number
}

interface WhatIf {
  prepared: readonly PreparedPlugin[]
  filters: readonly PreparedPlugin[]
  budgets: readonly Stored<PodDisruptionBudget>[]
}

/** Removes all pods of lower priority from the node, then puts back as many as fit, protected and important ones first. */
function victimsOn(node: NodeInfo, pod: PodInfo, { prepared, filters, budgets }: WhatIf): Candidate | Rejection {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority).sort(byImportance)
  if (lower.length === 0) return noVictims
  for (const other of lower) whatIf(node, other, -1, prepared)
  const gone = new Set(lower)
  try {
    const rejected = filter(node, filters)
    if (rejected) return rejected.rejection
    const { violating, others } = byBudget(lower, budgets)
    for (const other of [...violating, ...others]) {
      whatIf(node, other, 1, prepared)
      gone.delete(other)
      if (!filter(node, filters)) continue
      whatIf(node, other, -1, prepared)
      gone.add(other)
    }
    const victims = lower.filter((other) => gone.has(other))
    return { node, victims, violations: violating.filter((other) => gone.has(other)).length }
  } finally {
    for (const other of gone) whatIf(node, other, 1, prepared)
  }
}

/** The pods whose PodDisruptionBudgets forbid eviction, and the rest. */
function byBudget(pods: readonly PodInfo[], budgets: readonly Stored<PodDisruptionBudget>[]) {
  const left = new Map(budgets.map((budget) => [budget, budget.status.disruptionsAllowed]))
  const violating: PodInfo[] = []
  const others: PodInfo[] = []
  for (const pod of pods) {
    let allowed = true
    for (const budget of budgets) {
      const { namespace } = budget.metadata
      if (namespace !== pod.namespace || !selectorOf(budget.spec.selector).matches(pod.labels)) continue
      if (budget.status.disruptedPods && pod.pod.metadata.name in budget.status.disruptedPods) continue
      const rest = (left.get(budget) ?? 0) - 1
      left.set(budget, rest)
      if (rest < 0) allowed = false
    }
    if (allowed) others.push(pod)
    else violating.push(pod)
  }
  return { violating, others }
}

const startOf = ({ pod }: PodInfo): number =>
  pod.status.startTime ? Date.parse(pod.status.startTime) : Number.MAX_VALUE

/** More important first: higher priority, then longer running time. */
const byImportance = (a: PodInfo, b: PodInfo): number => b.priority - a.priority || startOf(a) - startOf(b)

/**
 * The least harm first: the fewest violated budgets, the lowest priority lost, the lowest sum of priorities, the fewest pods,
 * the latest start of the most important pods.
 */
function compareHarm(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate) => victims[0]?.priority ?? Number.MIN_SAFE_INTEGER
  const sum = ({ victims }: Candidate) => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0)
  const earliest = (one: Candidate) =>
    Math.min(...one.victims.filter(({ priority }) => priority === highest(one)).map(startOf))
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    earliest(b) - earliest(a)
  )
}
