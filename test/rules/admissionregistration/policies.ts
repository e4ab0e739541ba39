import {
  MutatingAdmissionPolicies,
  MutatingAdmissionPolicyBindings,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
} from '../../../src/api/admissionregistration/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { conditionRules } from '../conditions.ts'
import {
  absent,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  words,
} from '../rule.ts'
import { conditionsOf, resourceRules } from './webhooks.ts'

const metadata = { name: 'x' }
const one = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const spec = { matchConstraints: { resourceRules: [one] } }
const validations = [{ expression: 'true' }]
const policy = { metadata, spec: { ...spec, validations } } as KubeObject
const kind = 'spec.paramKind'
const kindOf = (fields: object) => put({ [kind]: { apiVersion: 'a.b/v1', kind: 'K', ...fields } })
const constraints = 'spec.matchConstraints'
const names = `${constraints}.resourceRules[0].resourceNames`

const shared: Rule[] = [
  rule('spec.failurePolicy', notSupported, '"Sometimes": supported values', 'Ignore', 'Sometimes'),
  rule(`${kind}.apiVersion`, required, '', kindOf({}), kindOf({ apiVersion: '' })),
  rule(
    `${kind}.apiVersion`,
    invalid,
    'unexpected GroupVersion string: a/b/c',
    kindOf({}),
    kindOf({ apiVersion: 'a/b/c' }),
  ),
  rule(`${kind}.apiVersion`, invalid, words.subdomain, kindOf({ apiVersion: 'v1' }), kindOf({ apiVersion: 'A/v1' })),
  rule(`${kind}.apiVersion`, invalid, 'version must be specified', kindOf({}), kindOf({ apiVersion: 'a/' })),
  rule(`${kind}.apiVersion`, invalid, 'a DNS-1035 label must consist of', kindOf({}), kindOf({ apiVersion: 'a/1' })),
  rule(`${kind}.kind`, required, '', kindOf({}), kindOf({ kind: '' })),
  rule(
    `${kind}.kind`,
    invalid,
    'may have mixed case, but should otherwise match',
    kindOf({ kind: 'Kk' }),
    kindOf({ kind: 'K_' }),
  ),
  rule(constraints, required, '', spec.matchConstraints, absent),
  rule(`${constraints}.resourceRules`, required, '', [one], []),
  ...resourceRules(`${constraints}.resourceRules[0]`),
  rule(`${names}[0]`, invalid, "may not contain '/'", 'A b', 'a/b'),
  rule(`${names}[1]`, duplicate, '"a"', put({ [names]: ['a', 'b'] }), put({ [names]: ['a', 'a'] })),
  rule(`${constraints}.matchPolicy`, notSupported, '"Sometimes": supported values', 'Exact', 'Sometimes'),
  rule(`${constraints}.objectSelector.matchLabels`, invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
  ...conditionsOf('spec.matchConditions'),
  rule(
    'spec.variables[0].name',
    required,
    'name is not specified',
    put({ 'spec.variables': [{ name: 'a', expression: '1' }] }),
    put({ 'spec.variables': [{ name: ' ', expression: '1' }] }),
  ),
  rule(
    'spec.variables[0].name',
    invalid,
    'name is not a valid CEL identifier',
    put({ 'spec.variables': [{ name: '_a1', expression: '1' }] }),
    put({ 'spec.variables': [{ name: 'for', expression: '1' }] }),
  ),
  rule(
    'spec.variables[0].expression',
    required,
    'expression is not specified',
    put({ 'spec.variables': [{ name: 'a', expression: '1' }] }),
    put({ 'spec.variables': [{ name: 'a', expression: ' ' }] }),
  ),
  rule(
    'spec.variables[0].expression',
    invalid,
    'compilation failed: ERROR: <input>:1:1: undeclared reference',
    put({ 'spec.variables': [{ name: 'a', expression: 'object.a' }] }),
    put({ 'spec.variables': [{ name: 'a', expression: 'objekt.a' }] }),
  ),
]

const check = (fields: object) => put({ 'spec.validations': [{ expression: 'true', ...fields }] })
const notes = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, valueExpression: '"a"' }))
const note = (fields: object) => put({ 'spec.auditAnnotations': [{ key: 'k', valueExpression: '"a"', ...fields }] })
const missing = 'validations or auditAnnotations must contain at least one item'

const validating: Rule[] = [
  rule('spec.validations', required, missing, put({ 'spec.validations': [], 'spec.auditAnnotations': notes(1) }), []),
  rule('spec.auditAnnotations', required, missing, notes(1), put({ 'spec.validations': [] })),
  rule('spec.validations[0].expression', required, 'expression is not specified', 'true', ' '),
  rule('spec.validations[0].expression', invalid, 'must evaluate to bool but got int', 'true', '1'),
  rule('spec.validations[0].messageExpression', invalid, 'must evaluate to string but got int', '"a"', '1'),
  rule(
    'spec.auditAnnotations[0].valueExpression',
    invalid,
    'must evaluate to one of [string null] but got bool',
    note({}),
    note({ valueExpression: 'true' }),
  ),
  rule(
    'spec.validations[0].message',
    invalid,
    'message must be non-empty if specified',
    check({ message: '' }),
    check({ message: ' ' }),
  ),
  rule(
    'spec.validations[0].message',
    invalid,
    'message must not contain line breaks',
    check({ message: 'a\n' }),
    check({ message: 'a\nb' }),
  ),
  rule(
    'spec.validations[0].messageExpression',
    invalid,
    'must be non-empty if specified',
    check({ messageExpression: '"a"' }),
    check({ messageExpression: ' ' }),
  ),
  rule(
    'spec.validations[0].reason',
    notSupported,
    'supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    check({ reason: 'Invalid' }),
    check({ reason: 'NotFound' }),
  ),
  rule('spec.auditAnnotations', invalid, 'must not have more than 20 auditAnnotations', notes(20), notes(21)),
  rule(
    'spec.auditAnnotations[1].key',
    duplicate,
    '"k0"',
    put({ 'spec.auditAnnotations': notes(2) }),
    put({ 'spec.auditAnnotations': [...notes(1), ...notes(1)] }),
  ),
  rule('spec.auditAnnotations[0].key', invalid, words.qualified, note({ key: 'A' }), note({ key: 'a b' })),
  rule(
    'spec.auditAnnotations[0].valueExpression',
    required,
    'valueExpression is not specified',
    note({}),
    note({ valueExpression: ' ' }),
  ),
  rule(
    'spec.auditAnnotations[0].valueExpression',
    required,
    'must not exceed 5120 bytes in length',
    note({ valueExpression: `"${'é'.repeat(2559)}"` }),
    note({ valueExpression: `"${'é'.repeat(2560)}"` }),
  ),
]

const warning = 'status.typeChecking.expressionWarnings[0]'
const warned = (fields: object) => put({ [warning]: { fieldRef: 'spec.a', warning: 'w', ...fields } })

const reference = 'spec.paramRef'
const refers = (fields: object) => put({ [reference]: { name: 'n', parameterNotFoundAction: 'Deny', ...fields } })
const exclusive = 'name and selector are mutually exclusive'
const binding = { metadata, spec: { policyName: 'p', validationActions: ['Deny'] } } as KubeObject

const bound: Rule[] = [
  rule('spec.policyName', required, '', 'p.q', ''),
  rule('spec.policyName', invalid, words.subdomain, 'p.q', 'P'),
  rule(`${reference}.name`, invalid, "may not contain '/'", refers({ name: 'A b' }), refers({ name: 'a/b' })),
  rule(`${reference}.name`, forbidden, exclusive, refers({}), refers({ selector: {} })),
  rule(
    `${reference}.selector`,
    forbidden,
    exclusive,
    refers({ name: undefined, selector: {} }),
    refers({ selector: {} }),
  ),
  rule(reference, required, 'one of name or selector must be specified', refers({}), refers({ name: '' })),
  rule(
    `${reference}.parameterNotFoundAction`,
    required,
    '',
    refers({}),
    refers({ parameterNotFoundAction: undefined }),
  ),
  rule(
    `${reference}.parameterNotFoundAction`,
    notSupported,
    'supported values: "Deny", "Allow"',
    refers({ parameterNotFoundAction: 'Allow' }),
    refers({ parameterNotFoundAction: 'Sometimes' }),
  ),
  ...resourceRules('spec.matchResources.resourceRules[0]'),
]
const actions = 'spec.validationActions'

const mutates = (fields: object) => put({ 'spec.mutations': [fields] })
/** An empty list is no list of operations to the type checker. */
const patch = "[JSONPatch{op: 'remove', path: '/a'}]"
const patched = { patchType: 'JSONPatch', jsonPatch: { expression: patch } }
const applied = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }

export const policyRulesTables: Table[] = [
  { resource: ValidatingAdmissionPolicies, base: policy, rules: [...shared, ...validating] },
  {
    resource: ValidatingAdmissionPolicies,
    write: 'status',
    base: policy,
    rules: [
      rule(`${warning}.warning`, required, '', warned({}), warned({ warning: '' })),
      rule(`${warning}.fieldRef`, required, '', warned({}), warned({ fieldRef: ' ' })),
      ...conditionRules,
    ],
    uncovered: [{ path: `${warning}.fieldRef`, rule: 'is a JSONPath', why: 'not done' }],
  },
  {
    resource: ValidatingAdmissionPolicyBindings,
    base: binding,
    rules: [
      ...bound,
      rule(actions, required, 'at least one validation action is required', ['Audit'], []),
      rule(`${actions}[0]`, notSupported, 'supported values: "Audit", "Deny", "Warn"', 'Warn', 'Sometimes'),
      rule(
        `${actions}[1]`,
        duplicate,
        '"Deny"',
        put({ [actions]: ['Deny', 'Audit'] }),
        put({ [actions]: ['Deny', 'Deny'] }),
      ),
      rule(actions, invalid, 'must not contain both Deny and Warn', ['Deny', 'Audit'], ['Deny', 'Warn']),
    ],
  },
  {
    resource: MutatingAdmissionPolicies,
    base: { metadata, spec: { ...spec, reinvocationPolicy: 'Never', mutations: [patched] } } as KubeObject,
    rules: [
      ...shared,
      rule('spec.reinvocationPolicy', required, '', 'IfNeeded', ''),
      rule('spec.reinvocationPolicy', notSupported, '"Sometimes": supported values', 'IfNeeded', 'Sometimes'),
      rule('spec.mutations', required, 'mutations must contain at least one item', [applied], []),
      rule('spec.mutations[0].patchType', required, '', 'JSONPatch', ''),
      rule('spec.mutations[0].patchType', notSupported, '"Sometimes": supported values', 'JSONPatch', 'Sometimes'),
      rule('spec.mutations[0].jsonPatch', required, '', mutates(patched), mutates({ patchType: 'JSONPatch' })),
      rule(
        'spec.mutations[0].applyConfiguration',
        required,
        '',
        mutates(applied),
        mutates({ ...applied, applyConfiguration: undefined }),
      ),
      rule('spec.mutations[0].jsonPatch.expression', required, 'expression is not specified', patch, ' '),
      rule('spec.mutations[0].jsonPatch.expression', invalid, 'must evaluate to list(JSONPatch)', patch, '[1]'),
    ],
    uncovered: [{ path: 'spec.mutations[]', rule: 'has no other patch than its type says', why: 'not done' }],
  },
  {
    resource: MutatingAdmissionPolicyBindings,
    base: { metadata, spec: { policyName: 'p' } } as KubeObject,
    rules: bound,
  },
]
