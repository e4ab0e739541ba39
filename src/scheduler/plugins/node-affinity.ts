import { namedNodes, requiredNodes, termMatcher } from '../../api/core/node-selection.ts'
import type { Node } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { normalizeToHighest, type Plugin, type Prepared, rejection } from '../plugin.ts'

const other = rejection("node(s) didn't match Pod's node affinity/selector", true)
const conflict = rejection('pod affinity terms conflict', true)

/** Allows only nodes that match nodeSelector and required node affinity; preferred terms add their weights. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  prepare(pod) {
    const { spec } = pod.pod
    const matches = requiredNodes(spec)
    const preferred = (spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      .filter(({ weight }) => weight !== 0)
      .map(({ weight, preference }) => ({ weight, matches: termMatcher(preference) }))
    if (!matches && preferred.length === 0) return undefined
    const prepared: Prepared = {}
    if (matches) {
      prepared.filter = (node) => (matches(node) ? undefined : other)
      const named = namedNodes(spec)
      if (named?.size === 0) prepared.reject = conflict
      else if (named) prepared.only = named
    }
    if (preferred.length > 0) {
      prepared.score = (node) => preferred.reduce((sum, term) => sum + (term.matches(node) ? term.weight : 0), 0)
      prepared.normalize = (scores) => normalizeToHighest(scores)
    }
    return prepared
  },
  helps(event, pod) {
    const matches = requiredNodes(pod.pod.spec) ?? (() => true)
    if (event.type === 'nodeAdded') return matches(facts(event.node))
    return (
      event.type === 'nodeChanged' &&
      event.what.has('labels') &&
      !matches(facts(event.old)) &&
      matches(facts(event.node))
    )
  },
}

const facts = ({ metadata: { name, labels = {} } }: Stored<Node>) => ({ name, labels })
