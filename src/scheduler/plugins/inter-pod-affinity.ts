import { type AffinityTerm, intersection } from '../affinity-terms.ts'
import type { NodeInfo } from '../node-info.ts'
import { maxScore, type Plugin, type Prepared, type Rejection, rejection } from '../plugin.ts'
import { addTo } from '../pod-counts.ts'
import type { PodInfo } from '../pod-info.ts'
import type { Snapshot } from '../snapshot.ts'

const noCompany = rejection("node(s) didn't match pod affinity rules", true)
const badCompany = rejection("node(s) didn't match pod anti-affinity rules")
const unwelcome = rejection("node(s) didn't satisfy existing pods anti-affinity rules")

/** Places pods with, or apart from, others in the same zone, host, or other topology. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, snapshot) {
    const rules = [required(pod, snapshot), requiredAnti(pod, snapshot), welcome(pod, snapshot)].filter((r) => !!r)
    const score = scoreOf(pod, snapshot)
    if (rules.length === 0 && !score) return undefined
    const prepared: Prepared = {}
    if (rules.length > 0) {
      prepared.filter = (node) => {
        for (const rule of rules) {
          const rejected = rule.filter(node)
          if (rejected) return rejected
        }
        return undefined
      }
      prepared.changed = (other, node, sign) => {
        for (const rule of rules) rule.changed(other, node, sign)
      }
    }
    if (score) {
      prepared.score = score
      prepared.normalize = spreadOut
    }
    return prepared
  },
  helps(event, pod) {
    switch (event.type) {
      case 'nodeAdded':
      case 'podDeleted':
      case 'namespaceChanged':
        return true
      case 'nodeChanged':
        return event.what.has('labels')
      case 'podChanged':
        return event.what.has('labels')
      case 'podAdded':
        return (pod.terms?.required.length ?? 0) > 0
      default:
        return false
    }
  },
}

interface Rule {
  filter(node: NodeInfo): Rejection | undefined
  changed(other: PodInfo, node: NodeInfo, sign: 1 | -1): void
}

/** Pods counted by topology value, with the changes of a what-if. */
function counted(term: AffinityTerm, standing: ReadonlyMap<string, number>, matches: (pod: PodInfo) => boolean) {
  const supposed = new Map<string, number>()
  return {
    at({ labels }: NodeInfo): number {
      const value = labels[term.topologyKey]
      if (value === undefined) return 0
      return (standing.get(value) ?? 0) + (supposed.size > 0 ? (supposed.get(value) ?? 0) : 0)
    },
    changed(other: PodInfo, { labels }: NodeInfo, sign: 1 | -1): void {
      const value = labels[term.topologyKey]
      if (value !== undefined && matches(other)) addTo(supposed, value, sign)
    },
    get total(): number {
      let total = 0
      for (const count of standing.values()) total += count
      for (const count of supposed.values()) total += count
      return total
    },
  }
}

function required(pod: PodInfo, snapshot: Snapshot): Rule | undefined {
  const terms = pod.terms?.required ?? []
  if (terms.length === 0) return undefined
  const set = intersection(terms)
  const counts = snapshot.counts(set)
  const each = terms.map((term) => counted(term, counts.by(term.topologyKey), set.matches))
  // The first pod of a group with affinity to itself finds no other pod: let it pass.
  const isFirst = () => set.matches(pod) && each.every(({ total }) => total === 0)
  return {
    filter(node) {
      if (terms.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return noCompany
      return each.every((one) => one.at(node) > 0) || isFirst() ? undefined : noCompany
    },
    changed: (other, node, sign) => each.forEach((one) => void one.changed(other, node, sign)),
  }
}

function requiredAnti(pod: PodInfo, snapshot: Snapshot): Rule | undefined {
  const terms = pod.terms?.requiredAnti ?? []
  if (terms.length === 0) return undefined
  const each = terms.map((term) => counted(term, snapshot.counts(term.set).by(term.topologyKey), term.set.matches))
  return {
    filter: (node) => (each.some((one) => one.at(node) > 0) ? badCompany : undefined),
    changed: (other, node, sign) => each.forEach((one) => void one.changed(other, node, sign)),
  }
}

/** Existing pods may repel this one. */
function welcome(pod: PodInfo, snapshot: Snapshot): Rule | undefined {
  const carried = [...snapshot.carriedTerms.requiredAnti.values()].filter(({ term }) => term.set.matches(pod))
  if (carried.length === 0) return undefined
  const each = carried.map(({ term, byValue }) =>
    counted(term, byValue, (other) => other.terms?.requiredAnti.some(({ id }) => id === term.id) ?? false),
  )
  return {
    filter: (node) => (each.some((one) => one.at(node) > 0) ? unwelcome : undefined),
    changed: (other, node, sign) => each.forEach((one) => void one.changed(other, node, sign)),
  }
}

/** Sums of weights: its own preferences, and those of others about it. */
function scoreOf(pod: PodInfo, snapshot: Snapshot): ((node: NodeInfo) => number) | undefined {
  const wishes = (pod.terms?.preferred ?? []).map(({ term, weight }) => ({
    key: term.topologyKey,
    weight,
    byValue: snapshot.counts(term.set).by(term.topologyKey),
  }))
  for (const { term, weight, byValue } of snapshot.carriedTerms.preferred.values()) {
    if (term.set.matches(pod)) wishes.push({ key: term.topologyKey, weight, byValue })
  }
  const effective = wishes.filter(({ byValue }) => byValue.size > 0)
  if (effective.length === 0) return undefined
  return ({ labels }) => {
    let score = 0
    for (const { key, weight, byValue } of effective) {
      const value = labels[key]
      if (value !== undefined) score += weight * (byValue.get(value) ?? 0)
    }
    return score
  }
}

/** Scales the lowest to 0 and the highest to 100. */
function spreadOut(scores: Float64Array): void {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const score of scores) {
    least = Math.min(least, score)
    most = Math.max(most, score)
  }
  const range = most - least
  for (let i = 0; i < scores.length; i++) {
    scores[i] = range > 0 ? Math.floor((maxScore * ((scores[i] ?? 0) - least)) / range) : 0
  }
}
