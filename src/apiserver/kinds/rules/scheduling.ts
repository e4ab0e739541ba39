import { taintEffects } from '../../../api/core/taints.ts'
import {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PreferredSchedulingTerm,
  type NodeSelectorRequirement as Requirement,
  Taint,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { LabelSelector } from '../../../api/meta/v1/index.ts'
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../api/names.ts'
import { each, named, notSaidHere, oneOf, required } from './checks.ts'
import { type Check, rule } from './walk.ts'

const weight: Check<number> = (value = 0, field) =>
  value < 1 || value > 100 ? [fieldError.invalid(field, value, 'must be in the range 1-100')] : []

/** Upstream's paths place the taints of a Node in its metadata. */
export const taintPath = (field: string): string => field.replace(/^spec\.taints/, 'metadata.taints')

export const schedulingRules = [
  rule(NodeSelector, {
    nodeSelectorTerms: (terms, field) =>
      terms?.length ? [] : [fieldError.required(field, 'must have at least one node selector term')],
  }),
  rule(NodeSelectorTerm, {
    matchFields: (requirements = [], field) => requirements.flatMap((r, i) => fieldProblem(r, `${field}[${i}]`)),
  }),
  rule(NodeSelectorRequirement, {}, (requirement, field) =>
    // Fields of nodes have rules of their own: see NodeSelectorTerm.
    /matchFields\[\d+\]$/.test(field) ? [] : expressionProblem(requirement, field),
  ),
  rule(PreferredSchedulingTerm, { weight }),
  rule(WeightedPodAffinityTerm, { weight }),
  rule(
    PodAffinityTerm,
    {
      topologyKey: (key, field) =>
        key ? named(qualifiedName)(key, field) : [fieldError.required(field, 'can not be empty')],
      matchLabelKeys: each(named(qualifiedName)),
      mismatchLabelKeys: each(named(qualifiedName)),
    },
    ({ matchLabelKeys = [], mismatchLabelKeys = [], labelSelector, namespaces = [] }, field) => [
      // Upstream's path does not say which of the namespaces it is.
      ...namespaces.flatMap((name) =>
        dns1123Label(name).map((problem) => fieldError.invalid(`${field}.namespace`, name, problem)),
      ),
      ...matchLabelKeys.flatMap((key, i) =>
        mismatchLabelKeys.includes(key)
          ? [
              fieldError.invalid(
                `${field}.matchLabelKeys[${i}]`,
                key,
                'exists in both matchLabelKeys and mismatchLabelKeys',
              ),
            ]
          : [],
      ),
      ...(!labelSelector && matchLabelKeys.length
        ? [fieldError.forbidden(`${field}.matchLabelKeys`, 'must not be specified when labelSelector is not set')]
        : []),
      ...(!labelSelector && mismatchLabelKeys.length
        ? [fieldError.forbidden(`${field}.mismatchLabelKeys`, 'must not be specified when labelSelector is not set')]
        : []),
    ],
  ),
  rule(Toleration, { key: named(qualifiedName) }, ({ key, operator, value, effect, tolerationSeconds }, field) => {
    const errors: FieldError[] = []
    if (!key && operator !== 'Exists')
      errors.push(
        fieldError.invalid(
          `${field}.operator`,
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      )
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(
        fieldError.invalid(
          `${field}.effect`,
          effect ?? '',
          "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
      )
    if (!operator || operator === 'Equal') {
      const problems = labelValue(value ?? '')
      if (problems.length) errors.push(fieldError.invalid(`${field}.operator`, value ?? '', problems.join(';')))
    } else if (operator === 'Exists') {
      if (value)
        errors.push(fieldError.invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (!/^-?\d+$/.test(value ?? ''))
        errors.push(fieldError.invalid(`${field}.value`, value ?? '', 'value must be a valid integer'))
    } else errors.push(fieldError.notSupported(`${field}.operator`, operator, ['Equal', 'Exists']))
    errors.push(...oneOf(...taintEffects)(effect, `${field}.effect`))
    return errors
  }),
  rule(Taint, { effect: notSaidHere }, ({ key = '', value = '', effect }, path) => {
    const field = taintPath(path)
    return [
      ...qualifiedName(key).map((problem) => fieldError.invalid(`${field}.key`, key, problem)),
      ...labelValue(value).map((problem) => fieldError.invalid(`${field}.value`, value, problem)),
      ...(effect ? oneOf(...taintEffects)(effect, `${field}.effect`) : [fieldError.required(`${field}.effect`)]),
    ]
  }),
  rule(
    TopologySpreadConstraint,
    {
      maxSkew: (value = 0, field) => (value > 0 ? [] : [fieldError.invalid(field, value, 'must be greater than zero')]),
      topologyKey: (key, field) => (key ? [] : [fieldError.required(field, 'can not be empty')]),
      whenUnsatisfiable: (value, field) =>
        value
          ? []
          : [fieldError.notSupported(field, '', TopologySpreadConstraint.fields.whenUnsatisfiable.values ?? [])],
      minDomains: (value, field) =>
        value !== undefined && value <= 0 ? [fieldError.invalid(field, value, 'must be greater than zero')] : [],
      matchLabelKeys: each(named(qualifiedName)),
    },
    ({ minDomains, whenUnsatisfiable, matchLabelKeys = [], labelSelector }, field) => [
      ...(minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule'
        ? [
            fieldError.invalid(
              `${field}.minDomains`,
              minDomains,
              `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
            ),
          ]
        : []),
      ...(matchLabelKeys.length && !labelSelector
        ? [fieldError.forbidden(`${field}.matchLabelKeys`, 'must not be specified when labelSelector is not set')]
        : []),
      ...matchLabelKeys.flatMap((key, i) =>
        selects(labelSelector, key)
          ? [
              fieldError.invalid(
                `${field}.matchLabelKeys[${i}]`,
                key,
                'exists in both matchLabelKeys and labelSelector',
              ),
            ]
          : [],
      ),
    ],
  ),
]

const selects = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}, key: string): boolean =>
  Object.hasOwn(matchLabels, key) || matchExpressions.some((expression) => expression.key === key)

/** Key and strictness together identify a spread constraint; the error is about the first of two. */
export function spreadDuplicates(list: TopologySpreadConstraint[] = [], field: string): FieldError[] {
  const shown = list.map(({ topologyKey, whenUnsatisfiable }) => `{${topologyKey}, ${whenUnsatisfiable}}`)
  return shown.flatMap((pair, i) =>
    shown.includes(pair, i + 1) ? [fieldError.duplicate(`${field}[${i}].{topologyKey, whenUnsatisfiable}`, pair)] : [],
  )
}

function expressionProblem({ key, operator, values = [] }: Requirement, field: string): FieldError[] {
  const at = `${field}.values`
  const rules: Record<string, () => FieldError[]> = {
    In: () =>
      required(values, at).map(() => fieldError.required(at, "must be specified when `operator` is 'In' or 'NotIn'")),
    NotIn: () =>
      required(values, at).map(() => fieldError.required(at, "must be specified when `operator` is 'In' or 'NotIn'")),
    Exists: () => noValues(values, at),
    DoesNotExist: () => noValues(values, at),
    Gt: () => oneInteger(values, at),
    Lt: () => oneInteger(values, at),
  }
  return [
    ...(rules[operator]?.() ?? [fieldError.invalid(`${field}.operator`, operator, 'not a valid selector operator')]),
    ...qualifiedName(key).map((problem) => fieldError.invalid(`${field}.key`, key, problem)),
    // What is only preferred may say anything: it has been accepted for too long.
    ...(field.includes('.preference.')
      ? []
      : values.flatMap((value, i) =>
          labelValue(value).map((problem) => fieldError.invalid(`${at}[${i}]`, value, problem)),
        )),
  ]
}

const noValues = (values: string[], field: string): FieldError[] =>
  values.length
    ? [fieldError.forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    : []
const oneInteger = (values: string[], field: string): FieldError[] =>
  values.length === 1
    ? []
    : [fieldError.required(field, "must be specified single value when `operator` is 'Lt' or 'Gt'")]

/** `metadata.name` is the only field, `In` and `NotIn` the only operators, of one value. */
function fieldProblem({ key, operator, values = [] }: Requirement, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(fieldError.invalid(`${field}.operator`, operator, 'not a valid selector operator'))
  else if (values.length !== 1)
    errors.push(
      fieldError.required(
        `${field}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    )
  if (key !== 'metadata.name') errors.push(fieldError.invalid(`${field}.key`, key, 'not a valid field selector key'))
  else
    for (const [i, value] of values.entries()) errors.push(...named(dns1123Subdomain)(value, `${field}.values[${i}]`))
  return errors
}
