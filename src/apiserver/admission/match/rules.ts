import type { RuleWithOperations } from '../../../api/admissionregistration/v1/index.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'

type Operation = AdmissionAttributes['operation']

/** Whether a rule of a webhook or policy names this operation on this resource. */
function ruleMatches(
  { operations = [], apiGroups = [], apiVersions = [], resources = [], scope = '*' }: RuleWithOperations,
  operation: Operation,
  { group, version, resource, namespaced }: Shown,
  subresource: string,
): boolean {
  const names = (list: readonly string[], name: string) => list.includes('*') || list.includes(name)
  return (
    (scope === '*' || (scope === 'Namespaced') === namespaced) &&
    names(operations, operation) &&
    names(apiGroups, group) &&
    names(apiVersions, version) &&
    resources.some((pattern) => resourceMatches(pattern, resource, subresource))
  )
}

/** `pods`, `pods/status`, `pods/*`, `*` (all but subresources), `*\/scale`, `*\/*` */
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const [wanted = '', part = ''] = pattern.split('/', 2)
  return (wanted === '*' || wanted === resource) && (part === '*' || part === subresource)
}

/**
 * How a webhook or policy with these rules sees a request: as its client, or in an equivalent version that a rule names.
 * Undefined: no rule matches.
 */
export function matchedForm(
  rules: readonly RuleWithOperations[],
  matchPolicy: string | undefined,
  operation: Operation,
  shown: readonly Shown[],
  subresource: string,
): Shown | undefined {
  const [asked, ...equivalents] = shown
  if (asked && rules.some((rule) => ruleMatches(rule, operation, asked, subresource))) return asked
  if (matchPolicy === 'Exact') return undefined
  for (const rule of rules) {
    const found = equivalents.find((other) => ruleMatches(rule, operation, other, subresource))
    if (found) return found
  }
  return undefined
}

const exempt = new Set(
  ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].concat(
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
  ),
)

/** Neither webhooks nor policies see changes of their own configuration: these could no longer be undone. */
export const isExempt = ({ definition: { type } }: AdmissionAttributes): boolean =>
  type.group === 'admissionregistration.k8s.io' && exempt.has(type.resource)
