import { selectorOfExpressions, selectorOfMap } from '../machinery/selectors/labels.ts'
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './v1/index.ts'

/** Whether a node's name and labels match a pod's request. */
export type NodeMatcher = (node: { name: string; labels: Record<string, string> }) => boolean

/** The pod's nodeSelector and required node affinity; undefined: it has neither. */
export function requiredNodes(spec: PodSpec): NodeMatcher | undefined {
  const tests: NodeMatcher[] = []
  if (spec.nodeSelector && Object.keys(spec.nodeSelector).length > 0) {
    const selector = selectorOfMap(spec.nodeSelector)
    tests.push(({ labels }) => selector.matches(labels))
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required) {
    const terms = required.nodeSelectorTerms.map(termMatcher)
    tests.push((node) => terms.some((matches) => matches(node)))
  }
  const [only] = tests
  return tests.length > 1 ? (node) => tests.every((matches) => matches(node)) : only
}

const never: NodeMatcher = () => false

/** A term without expressions matches nothing; so does an invalid one. */
export function termMatcher({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeMatcher {
  if (matchExpressions.length === 0 && matchFields.length === 0) return never
  const fields = matchFields.map(fieldMatcher)
  try {
    const selector = selectorOfExpressions(matchExpressions)
    return (node) => selector.matches(node.labels) && fields.every((matches) => matches(node))
  } catch {
    return never
  }
}

/** Terms can select one field of a node: its name. */
function fieldMatcher({ key, operator, values = [] }: NodeSelectorRequirement): NodeMatcher {
  if (key !== 'metadata.name' || values.length !== 1) return never
  if (operator === 'In') return ({ name }) => name === values[0]
  return operator === 'NotIn' ? ({ name }) => name !== values[0] : never
}

/**
 * The names of the only nodes that can match, if all terms of the required affinity name nodes (as those of DaemonSet pods
 * do): the scheduler then skips all others.
 */
export function namedNodes(spec: PodSpec): Set<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms?.length) return undefined
  const names = new Set<string>()
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter((field) => field.key === 'metadata.name' && field.operator === 'In')
    const [first, ...others] = named
    if (!first) return undefined
    for (const name of first.values ?? []) if (others.every((field) => field.values?.includes(name))) names.add(name)
  }
  return names
}
