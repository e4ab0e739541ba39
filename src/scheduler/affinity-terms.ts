import type { Pod, PodAffinityTerm } from '../api/core/v1/index.ts'
import { nothing, type Selector, selectorOf } from '../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../api/meta/v1/index.ts'
import type { NodeInfo } from './node-info.ts'
import { addTo, labelOf, type PodSet } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'

/** Attracts a pod to, or repels it from, the pods that the term selects, within one topology. */
export interface AffinityTerm {
  /** Equal for equal terms. */
  readonly id: string
  readonly topologyKey: string
  /** The pods it selects. */
  readonly set: PodSet
}

/** A pod's affinity and anti-affinity terms. */
export interface AffinityTerms {
  required: AffinityTerm[]
  requiredAnti: AffinityTerm[]
  /** Weights below 0 repel. */
  preferred: { term: AffinityTerm; weight: number }[]
}

/** The labels of a namespace. */
export type NamespaceLabels = (name: string) => Record<string, string> | undefined

export function affinityTerms(pod: Pod, namespaceLabels: NamespaceLabels): AffinityTerms | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return undefined
  const term = (one: PodAffinityTerm) => affinityTerm(one, pod, namespaceLabels)
  return {
    required: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    requiredAnti: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    preferred: [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
        weight,
        term: term(podAffinityTerm),
      })),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ weight, podAffinityTerm }) => ({
          weight: -weight,
          term: term(podAffinityTerm),
        }),
      ),
    ],
  }
}

function affinityTerm(term: PodAffinityTerm, pod: Pod, namespaceLabels: NamespaceLabels): AffinityTerm {
  const { topologyKey, matchLabelKeys, mismatchLabelKeys } = term
  const selector = readSelector(
    withLabelKeys(term.labelSelector, pod.metadata?.labels, matchLabelKeys, mismatchLabelKeys),
  )
  const namespaces = term.namespaces ?? []
  const across = term.namespaceSelector && readSelector(term.namespaceSelector)
  const own = namespaces.length === 0 && !across ? (pod.metadata?.namespace ?? '') : undefined
  const chosen = new Set(own === undefined ? namespaces : [own])
  const inNamespace = (name: string) => chosen.has(name) || (across?.matches(namespaceLabels(name) ?? {}) ?? false)
  const [only] = chosen
  const set: PodSet = {
    id: `${[...chosen].sort().join()}|${across ? `${across.empty ? '*' : across.toString()}` : '-'}|${selectorId(selector)}`,
    matches: ({ namespace, labels }) => inNamespace(namespace) && selector.matches(labels),
    ...(chosen.size === 1 && !across && only !== undefined && { namespace: only }),
    label: labelOf(selector),
  }
  return { id: `${topologyKey}|${set.id}`, topologyKey, set }
}

/** `nothing` and `everything` have the same text. */
export const selectorId = (selector: Selector): string => (selector === nothing ? '!' : selector.toString())

/** An invalid selector selects nothing. */
export function readSelector(selector: LabelSelector | undefined): Selector {
  try {
    return selectorOf(selector)
  } catch {
    return nothing
  }
}

/** A selector narrowed to the pod's own values of some labels, and to other values of others. (KEP-3633) */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  labels: Record<string, string> = {},
  equal: readonly string[] = [],
  different: readonly string[] = [],
): LabelSelector | undefined {
  const narrow = (operator: string) => (key: string) => {
    const value = labels[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  }
  const added = [...equal.flatMap(narrow('In')), ...different.flatMap(narrow('NotIn'))]
  if (!selector || added.length === 0) return selector
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] }
}

/** The pods that all of the terms select. */
export function intersection(terms: readonly AffinityTerm[]): PodSet {
  const sets = terms.map(({ set }) => set)
  const [first] = sets
  return {
    id: sets.map(({ id }) => id).join('&'),
    matches: (pod) => sets.every((set) => set.matches(pod)),
    namespace: first?.namespace,
    label: first?.label,
  }
}

/** Equal terms, with the places of the pods that have them. */
export interface CarriedTerm {
  term: AffinityTerm
  /** 1 for `required` terms; below 0 for anti-affinity. */
  weight: number
  /** Number of pods, by their nodes' value of the topology key. */
  byValue: Map<string, number>
}

/**
 * The terms of pods that have a node, equal ones once. A new pod checks these instead of every pod.
 */
export class CarriedTerms {
  readonly requiredAnti = new Map<string, CarriedTerm>()
  readonly preferred = new Map<string, CarriedTerm>()

  file({ terms }: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    if (!terms) return
    for (const term of terms.requiredAnti) carry(this.requiredAnti, term, -1, node, sign)
    for (const term of terms.required) carry(this.preferred, term, hardAffinityWeight, node, sign)
    for (const { term, weight } of terms.preferred) carry(this.preferred, term, weight, node, sign)
  }
}

/** The weight with which a pod's required affinity attracts other pods to its place. */
const hardAffinityWeight = 1

function carry(all: Map<string, CarriedTerm>, term: AffinityTerm, weight: number, node: NodeInfo, sign: 1 | -1): void {
  const value = node.labels[term.topologyKey]
  if (value === undefined) return
  const id = `${weight}|${term.id}`
  let carried = all.get(id)
  if (!carried) {
    carried = { term, weight, byValue: new Map() }
    all.set(id, carried)
  }
  addTo(carried.byValue, value, sign)
  if (carried.byValue.size === 0) all.delete(id)
}
