import { duplicate, forbidden, invalid, notSupported, put, type Rule, required, rule, to, words } from '../rule.ts'

/** Rules of where a pod may run; paths start at the spec. */

const n = 'affinity.nodeAffinity'
const required_ = `${n}.requiredDuringSchedulingIgnoredDuringExecution`
const terms = (nodeSelectorTerms: object[]) => to(required_)({ nodeSelectorTerms })
const expression = (fields: object) => terms([{ matchExpressions: [{ key: 'a', operator: 'Exists', ...fields }] }])
const fieldOf = (fields: object) =>
  terms([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'], ...fields }] }])
const t = `${required_}.nodeSelectorTerms[0]`
const e = `${t}.matchExpressions[0]`
const f = `${t}.matchFields[0]`
const preferred = `${n}.preferredDuringSchedulingIgnoredDuringExecution`
const prefer = (weight: number, preference: object = { matchExpressions: [{ key: 'a', operator: 'Exists' }] }) =>
  to(preferred)([{ weight, preference }])

const nodes: Rule[] = [
  rule(`${required_}.nodeSelectorTerms`, required, 'must have at least one node selector term', terms([{}]), terms([])),
  rule(`${e}.operator`, invalid, 'not a valid selector operator', expression({}), expression({ operator: 'Is' })),
  ...['In', 'NotIn'].map((operator) =>
    rule(
      `${e}.values`,
      required,
      "must be specified when `operator` is 'In' or 'NotIn'",
      expression({ operator, values: ['a'] }),
      expression({ operator }),
    ),
  ),
  ...['Exists', 'DoesNotExist'].map((operator) =>
    rule(
      `${e}.values`,
      forbidden,
      "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      expression({ operator }),
      expression({ operator, values: ['a'] }),
    ),
  ),
  ...['Gt', 'Lt'].map((operator) =>
    rule(
      `${e}.values`,
      required,
      "must be specified single value when `operator` is 'Lt' or 'Gt'",
      expression({ operator, values: ['1'] }),
      expression({ operator, values: ['1', '2'] }),
    ),
  ),
  rule(`${e}.key`, invalid, words.qualified, expression({}), expression({ key: 'a b' })),
  rule(
    `${e}.values[1]`,
    invalid,
    'a valid label must be an empty string or consist of',
    expression({ operator: 'In', values: ['a', ''] }),
    expression({ operator: 'In', values: ['a', 'b c'] }),
  ),
  rule(
    `${f}.operator`,
    invalid,
    'not a valid selector operator',
    fieldOf({}),
    fieldOf({ operator: 'Exists', values: [] }),
  ),
  rule(
    `${f}.values`,
    required,
    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
    fieldOf({ operator: 'NotIn' }),
    fieldOf({ values: ['a', 'b'] }),
  ),
  rule(`${f}.key`, invalid, 'not a valid field selector key', fieldOf({}), fieldOf({ key: 'metadata.uid' })),
  rule(`${f}.values[0]`, invalid, words.subdomain, fieldOf({}), fieldOf({ values: ['N'] })),
  rule(`${preferred}[0].weight`, invalid, 'must be in the range 1-100', prefer(100), prefer(101)),
  rule(`${preferred}[0].weight`, invalid, 'must be in the range 1-100', prefer(1), prefer(0)),
  rule(
    `${preferred}[0].preference.matchExpressions[0].key`,
    invalid,
    words.qualified,
    prefer(1, { matchExpressions: [{ key: 'a', operator: 'In', values: ['not a label value'] }] }),
    prefer(1, { matchExpressions: [{ key: 'a b', operator: 'Exists' }] }),
  ),
]

const affinity = (kind: string): Rule[] => {
  const hard = `affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution`
  const soft = `affinity.${kind}.preferredDuringSchedulingIgnoredDuringExecution`
  const whole = { topologyKey: 'k', labelSelector: {} }
  const term = (fields: object) => to(hard)([{ ...whole, ...fields }])
  const weighted = (weight: number, fields: object = {}) =>
    to(soft)([{ weight, podAffinityTerm: { ...whole, ...fields } }])
  const at = `${hard}[0]`
  const both = ['matchLabelKeys', 'mismatchLabelKeys']
  return [
    rule(`${at}.topologyKey`, required, 'can not be empty', term({}), term({ topologyKey: '' })),
    rule(`${at}.topologyKey`, invalid, words.qualified, term({}), term({ topologyKey: 'a b' })),
    rule(`${at}.namespace`, invalid, words.label, term({ namespaces: ['n'] }), term({ namespaces: ['N'] })),
    rule(
      `${at}.labelSelector.matchLabels`,
      invalid,
      words.qualified,
      term({}),
      term({ labelSelector: { matchLabels: { 'a b': '' } } }),
    ),
    rule(
      `${at}.labelSelector.matchExpressions[0].values[0]`,
      invalid,
      'a valid label must be',
      term({}),
      term({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] } }),
    ),
    rule(
      `${at}.namespaceSelector.matchExpressions[0].operator`,
      invalid,
      'not a valid selector operator',
      term({ namespaceSelector: {} }),
      term({ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }),
    ),
    ...both.map((keys) =>
      rule(
        `${at}.${keys}`,
        forbidden,
        'must not be specified when labelSelector is not set',
        term({ [keys]: ['a'] }),
        term({ [keys]: ['a'], labelSelector: undefined }),
      ),
    ),
    ...both.map((keys) =>
      rule(`${at}.${keys}[0]`, invalid, words.qualified, term({ [keys]: ['a'] }), term({ [keys]: ['a b'] })),
    ),
    rule(
      `${at}.matchLabelKeys[0]`,
      invalid,
      'exists in both matchLabelKeys and mismatchLabelKeys',
      term({ matchLabelKeys: ['a'], mismatchLabelKeys: ['b'] }),
      term({ matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
    ),
    rule(`${soft}[0].weight`, invalid, 'must be in the range 1-100', weighted(100), weighted(101)),
    rule(`${soft}[0].weight`, invalid, 'must be in the range 1-100', weighted(1), weighted(0)),
    rule(
      `${soft}[0].podAffinityTerm.topologyKey`,
      required,
      'can not be empty',
      weighted(1),
      weighted(1, { topologyKey: '' }),
    ),
  ]
}

const toleration = (fields: object) => to('tolerations')([{ key: 'k', operator: 'Exists', ...fields }])
const l = 'tolerations[0]'
const tolerations: Rule[] = [
  rule(`${l}.key`, invalid, words.qualified, toleration({}), toleration({ key: 'a b' })),
  rule(
    `${l}.operator`,
    invalid,
    'operator must be Exists when `key` is empty',
    toleration({ key: '' }),
    toleration({ key: '', operator: 'Equal' }),
  ),
  rule(
    `${l}.effect`,
    invalid,
    "effect must be 'NoExecute' when `tolerationSeconds` is set",
    toleration({ effect: 'NoExecute', tolerationSeconds: -1 }),
    toleration({ effect: 'NoSchedule', tolerationSeconds: 1 }),
  ),
  rule(
    `${l}.operator`,
    invalid,
    'a valid label must be',
    toleration({ operator: '', value: 'a' }),
    toleration({ operator: 'Equal', value: 'a b' }),
  ),
  rule(
    `${l}.operator`,
    invalid,
    "value must be empty when `operator` is 'Exists'",
    toleration({}),
    toleration({ value: 'a' }),
  ),
  rule(
    `${l}.operator`,
    notSupported,
    '"Is": supported values: "Equal", "Exists"',
    toleration({}),
    toleration({ operator: 'Is' }),
  ),
  rule(
    `${l}.effect`,
    notSupported,
    '"NoSchedule", "PreferNoSchedule", "NoExecute"',
    toleration({ effect: '' }),
    toleration({ effect: 'No' }),
  ),
]

const whole = { maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }
const spread = (fields: object) => to('topologySpreadConstraints')([{ ...whole, ...fields }])
const s = 'topologySpreadConstraints[0]'
const spreading: Rule[] = [
  rule(`${s}.maxSkew`, invalid, words.notPositive, spread({}), spread({ maxSkew: 0 })),
  rule(`${s}.topologyKey`, required, 'can not be empty', spread({}), spread({ topologyKey: '' })),
  rule(
    `${s}.whenUnsatisfiable`,
    notSupported,
    '"DoNotSchedule", "ScheduleAnyway"',
    spread({ whenUnsatisfiable: 'ScheduleAnyway' }),
    spread({ whenUnsatisfiable: '' }),
  ),
  rule(
    `${s}.{topologyKey, whenUnsatisfiable}`,
    duplicate,
    '{k, DoNotSchedule}',
    spread({}),
    put({ topologySpreadConstraints: [whole, whole] }),
  ),
  rule(`${s}.minDomains`, invalid, words.notPositive, spread({ minDomains: 1 }), spread({ minDomains: 0 })),
  rule(
    `${s}.minDomains`,
    invalid,
    'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    spread({ minDomains: 1 }),
    spread({ minDomains: 1, whenUnsatisfiable: 'ScheduleAnyway' }),
  ),
  ...['nodeAffinityPolicy', 'nodeTaintsPolicy'].map((name) =>
    rule(`${s}.${name}`, notSupported, '"Honor", "Ignore"', spread({ [name]: 'Honor' }), spread({ [name]: 'Heed' })),
  ),
  rule(
    `${s}.matchLabelKeys`,
    forbidden,
    'must not be specified when labelSelector is not set',
    spread({ matchLabelKeys: ['a'] }),
    spread({ matchLabelKeys: ['a'], labelSelector: undefined }),
  ),
  rule(
    `${s}.matchLabelKeys[0]`,
    invalid,
    words.qualified,
    spread({ matchLabelKeys: ['a'] }),
    spread({ matchLabelKeys: ['a b'] }),
  ),
  rule(
    `${s}.matchLabelKeys[0]`,
    invalid,
    'exists in both matchLabelKeys and labelSelector',
    spread({ matchLabelKeys: ['a'] }),
    spread({ matchLabelKeys: ['a'], labelSelector: { matchLabels: { a: 'b' } } }),
  ),
  rule(
    `${s}.labelSelector.matchExpressions[0].key`,
    invalid,
    words.qualified,
    spread({}),
    spread({ labelSelector: { matchExpressions: [{ key: 'a b', operator: 'Exists' }] } }),
  ),
]

export const schedulingRules: Rule[] = [
  ...nodes,
  ...affinity('podAffinity'),
  ...affinity('podAntiAffinity'),
  ...tolerations,
  ...spreading,
]
