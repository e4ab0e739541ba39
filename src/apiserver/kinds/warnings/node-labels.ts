import type { NodeSelectorTerm } from '../../../api/core/v1/index.ts'
import type { LabelSelector } from '../../../api/meta/v1/index.ts'

/** Labels of nodes with newer replacements. */

const instead = (name: string) => `use ${JSON.stringify(name)} instead`
const deprecated: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': `deprecated since v1.14; ${instead('kubernetes.io/arch')}`,
  'beta.kubernetes.io/os': `deprecated since v1.14; ${instead('kubernetes.io/os')}`,
  'failure-domain.beta.kubernetes.io/region': `deprecated since v1.17; ${instead('topology.kubernetes.io/region')}`,
  'failure-domain.beta.kubernetes.io/zone': `deprecated since v1.17; ${instead('topology.kubernetes.io/zone')}`,
  'beta.kubernetes.io/instance-type': `deprecated since v1.17; ${instead('node.kubernetes.io/instance-type')}`,
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': instead('node-role.kubernetes.io/control-plane'),
}

/** A warning for each deprecated key. `at` makes the start of its text. */
export const deprecatedLabels = (keys: readonly string[], at: (key: string, index: number) => string): string[] =>
  keys.flatMap((key, i) => (Object.hasOwn(deprecated, key) ? [`${at(key, i)}: ${deprecated[key]}`] : []))

/** As `deprecatedLabels`, with the key in the text. */
export const deprecatedKeys = (keys: readonly string[], at: (index: number) => string): string[] =>
  keys.flatMap((key, i) => (Object.hasOwn(deprecated, key) ? [`${at(i)}: ${key} is ${deprecated[key]}`] : []))

export const termWarnings = ({ matchExpressions = [] }: NodeSelectorTerm, field: string): string[] =>
  deprecatedKeys(
    matchExpressions.map(({ key }) => key),
    (i) => `${field}.matchExpressions[${i}].key`,
  )

export const nodeSelectorWarnings = (
  { matchExpressions = [], matchLabels = {} }: LabelSelector = {},
  field: string,
): string[] => [
  ...termWarnings({ matchExpressions }, field),
  ...deprecatedLabels(Object.keys(matchLabels), (key) => `${field}.matchLabels.${key}`),
]
