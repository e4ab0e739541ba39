import { requiredNodes } from '../../api/core/node-selection.ts'
import type { TopologySpreadConstraint } from '../../api/core/v1/index.ts'
import type { Selector } from '../../api/machinery/selectors/labels.ts'
import { readSelector, selectorId, withLabelKeys } from '../affinity-terms.ts'
import { hostname, type NodeInfo, topologyValue, zone } from '../node-info.ts'
import { maxScore, type Plugin, type Prepared, rejection } from '../plugin.ts'
import { labelOf, type PodSet } from '../pod-counts.ts'
import type { PodInfo } from '../pod-info.ts'
import type { Snapshot } from '../snapshot.ts'
import { untolerated } from './taint-toleration.ts'

const skewed = rejection("node(s) didn't match pod topology spread constraints")
const unlabeled = rejection("node(s) didn't match pod topology spread constraints (missing required label)", true)

/** A pod without constraints prefers nodes away from other pods of its Service or controller. */
const defaultConstraints = [
  { maxSkew: 3, topologyKey: hostname, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: zone, whenUnsatisfiable: 'ScheduleAnyway' },
]

/** Spreads pods of one kind evenly over zones, hosts, or another topology. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare(pod, snapshot) {
    const constraints = constraintsOf(pod, snapshot)
    const hard = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway')
    const soft = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
    if (constraints.length === 0) return undefined
    return { ...(hard.length > 0 && filterBy(hard, pod, snapshot)), ...(soft.length > 0 && scoreBy(soft, snapshot)) }
  },
  helps(event) {
    switch (event.type) {
      case 'nodeAdded':
      case 'nodeDeleted':
      case 'podAdded':
      case 'podDeleted':
        return true
      case 'nodeChanged':
        return event.what.has('labels') || event.what.has('taints')
      case 'podChanged':
        return event.what.has('labels') || event.what.has('terminating')
      default:
        return false
    }
  },
}

interface Constraint
  extends Pick<TopologySpreadConstraint, 'maxSkew' | 'topologyKey' | 'whenUnsatisfiable' | 'minDomains'> {
  set: PodSet
  /** Nodes that it ignores; absent: none. */
  leavesOut?: (node: NodeInfo) => boolean
  /** A built-in constraint: nodes need not have the label. */
  isDefault?: boolean
}

function constraintsOf(pod: PodInfo, snapshot: Snapshot): Constraint[] {
  const { topologySpreadConstraints: own = [], tolerations = [] } = pod.pod.spec
  if (own.length === 0) {
    const kin = snapshot.kinSelector(pod)
    if (!kin || kin.empty) return []
    return defaultConstraints.map((constraint) => ({ ...constraint, set: podsLike(pod, kin), isDefault: true }))
  }
  const wanted = requiredNodes(pod.pod.spec)
  return own.map((constraint) => {
    const { labelSelector, matchLabelKeys, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
    const selector = readSelector(withLabelKeys(labelSelector, pod.labels, matchLabelKeys))
    const tests: ((node: NodeInfo) => boolean)[] = []
    if (nodeAffinityPolicy === 'Honor' && wanted) tests.push((node) => !wanted(node))
    if (nodeTaintsPolicy === 'Honor') tests.push(({ taints }) => untolerated(taints, tolerations) !== undefined)
    return {
      ...constraint,
      set: podsLike(pod, selector),
      ...(tests.length > 0 && { leavesOut: (node: NodeInfo) => tests.some((test) => test(node)) }),
    }
  })
}

const podsLike = ({ namespace }: PodInfo, selector: Selector): PodSet => ({
  id: `spread|${namespace}|${selectorId(selector)}`,
  namespace,
  label: labelOf(selector),
  // Terminating pods make room by themselves.
  matches: (pod) => !pod.terminating && pod.namespace === namespace && selector.matches(pod.labels),
})

/** How many pods of the set are in each domain; domains without any have 0. */
function domainsOf(constraint: Constraint, all: readonly Constraint[], snapshot: Snapshot): Map<string, number> {
  const { topologyKey, set, leavesOut } = constraint
  const counts = snapshot.counts(set)
  const domains = new Map<string, number>()
  const everyNodeCounts =
    !leavesOut && all.every(({ topologyKey: key }) => key === topologyKey || snapshot.everyNodeHas(key))
  if (everyNodeCounts) {
    const standing = counts.by(topologyKey)
    for (const value of snapshot.domains(topologyKey).keys()) domains.set(value, standing.get(value) ?? 0)
    return domains
  }
  for (const node of snapshot.nodes) {
    const value = node.labels[topologyKey]
    if (value === undefined || leavesOut?.(node)) continue
    if (!all.every((other) => other.isDefault || node.labels[other.topologyKey] !== undefined)) continue
    domains.set(value, (domains.get(value) ?? 0) + (counts.byNode.get(node.name) ?? 0))
  }
  return domains
}

function filterBy(constraints: Constraint[], pod: PodInfo, snapshot: Snapshot): Prepared {
  const each = constraints.map((constraint) => {
    const domains = domainsOf(constraint, constraints, snapshot)
    return { constraint, domains, least: leastOf(constraint, domains), self: constraint.set.matches(pod) ? 1 : 0 }
  })
  return {
    filter(node) {
      for (const { constraint, domains, least, self } of each) {
        const value = node.labels[constraint.topologyKey]
        if (value === undefined) return unlabeled
        if ((domains.get(value) ?? 0) + self - least > constraint.maxSkew) return skewed
      }
      return undefined
    },
    changed(other, node, sign) {
      for (const one of each) {
        const value = node.labels[one.constraint.topologyKey]
        if (value === undefined || !one.domains.has(value)) continue
        if (one.constraint.leavesOut?.(node) || !one.constraint.set.matches(other)) continue
        one.domains.set(value, (one.domains.get(value) ?? 0) + sign)
        one.least = leastOf(one.constraint, one.domains)
      }
    },
  }
}

/** The fewest pods in any domain; with fewer domains than `minDomains`, that is 0. */
function leastOf({ minDomains = 1 }: Constraint, domains: ReadonlyMap<string, number>): number {
  if (domains.size < minDomains) return 0
  let least = Number.POSITIVE_INFINITY
  for (const count of domains.values()) {
    if (count === 0) return 0
    if (count < least) least = count
  }
  return least
}

function scoreBy(constraints: Constraint[], snapshot: Snapshot): Prepared {
  const needed = constraints.filter(({ isDefault }) => !isDefault).map(({ topologyKey }) => topologyKey)
  const ignored = ({ labels }: NodeInfo) => needed.length > 0 && needed.some((key) => labels[key] === undefined)
  let weighted: Weighted[] = []
  return {
    beforeScore(nodes) {
      const counted = needed.length > 0 ? nodes.filter((node) => !ignored(node)) : nodes
      weighted = constraints.map((constraint) => {
        const { topologyKey, maxSkew } = constraint
        // The more domains, the fewer pods in each: larger weights compensate.
        const weight = Math.log(domainsAmong(counted, topologyKey, snapshot) + 2)
        return {
          domainOf: topologyValue(topologyKey),
          maxSkew,
          weight,
          counts: softCounts(constraint, constraints, snapshot),
        }
      })
      return counted.length > 0
    },
    score(node) {
      let score = 0
      for (const { domainOf, maxSkew, weight, counts } of weighted) {
        const value = domainOf(node)
        if (value !== undefined) score += (counts.get(value) ?? 0) * weight + (maxSkew - 1)
      }
      return Math.round(score)
    },
    normalize(scores, nodes) {
      let least = Number.POSITIVE_INFINITY
      let most = 0
      for (let i = 0; i < scores.length; i++) {
        if (ignored(nodes[i] as NodeInfo)) continue
        least = Math.min(least, scores[i] ?? 0)
        most = Math.max(most, scores[i] ?? 0)
      }
      for (let i = 0; i < scores.length; i++) {
        if (ignored(nodes[i] as NodeInfo)) scores[i] = 0
        else scores[i] = most === 0 ? maxScore : Math.floor((maxScore * (most + least - (scores[i] ?? 0))) / most)
      }
    },
  }
}

interface Weighted {
  domainOf(node: NodeInfo): string | undefined
  maxSkew: number
  weight: number
  counts: ReadonlyMap<string, number>
}

/** The number of different values of the label among these nodes. */
function domainsAmong(nodes: readonly NodeInfo[], topologyKey: string, snapshot: Snapshot): number {
  if (topologyKey === hostname) return nodes.length
  const all = snapshot.domains(topologyKey).size
  const domainOf = topologyValue(topologyKey)
  const found = new Set<string>()
  for (const node of nodes) {
    const value = domainOf(node)
    if (value !== undefined) found.add(value)
    if (found.size === all) break
  }
  return found.size
}

function softCounts(
  constraint: Constraint,
  all: readonly Constraint[],
  snapshot: Snapshot,
): ReadonlyMap<string, number> {
  const { topologyKey, set, leavesOut, isDefault } = constraint
  if (
    isDefault ||
    (!leavesOut && all.every(({ topologyKey: key }) => key === topologyKey || snapshot.everyNodeHas(key)))
  )
    return snapshot.counts(set).by(topologyKey)
  return domainsOf(constraint, all, snapshot)
}
