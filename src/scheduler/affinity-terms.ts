import type { Pod, PodAffinityTerm } from '../api/core/v1/index.ts'
import { nothing, type Selector, selectorOf } from '../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../api/meta/v1/index.ts'
import type { NodeInfo } from './node-info.ts'
import { addTo, labelOf, type PodSet } from './pod-counts.ts'
import type { PodInfo } from './pod-info.ts'

/** `with` or `away from` pods that it chooses, within one topology. */
export interface AffinityTerm {
  /** Equal for equal terms. */
  readonly id: string
  readonly topologyKey: string
  /** The pods it chooses. */
  readonly set: PodSet
}

/** What a pod says about the company of others. */
export interface AffinityTerms {
  required: AffinityTerm[]
  requiredAnti: AffinityTerm[]
  /** Weights below 0: away from. */
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

/** `nothing` and `everything` are written alike. */
export const selectorId = (selector: Selector): string => (selector === nothing ? '!' : selector.toString())

/** A selector that makes no sense chooses nothing. */
export function readSelector(selector: LabelSelector | undefined): Selector {
  try {
    return selectorOf(selector)
  } catch {
    return nothing
  }
}

/** A selector narrowed to the pod's own values of some labels, and to others than its own of others. (KEP-3633) */
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

/** All pods that each of the terms chooses. */
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

/** Terms of one wording, and where the pods are that carry them. */
export interface CarriedTerm {
  term: AffinityTerm
  /** Of `required` terms 1; anti: below 0. */
  weight: number
  /** Pods, by the value that their nodes have for the topology key. */
  byValue: Map<string, number>
}

/**
 * The terms of pods that have a node, each wording once: what a new pod needs to know of those that care about its company,
 * without looking at every one of them.
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

/** Where a pod is that requires another's company, the other is welcome this much. */
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
