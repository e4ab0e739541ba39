import {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  type ParamKind,
  ParamRef,
  RuleWithOperations,
  Variable,
} from '../../../api/admissionregistration/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1035Label, dns1123Subdomain, pathSegmentName, qualifiedName } from '../../../api/names.ts'
import { among, each, given, named, needs, required, unique, uniqueNames } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

/** Rules of what webhooks and policies look at. */

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

/** A list that is there; `*` stands alone in it. */
const wholeOrAll =
  (what: string): Check<string[]> =>
  (list = [], field) => {
    if (list.length === 0) return [fieldError.required(field)]
    return list.length > 1 && list.includes('*')
      ? [fieldError.invalid(field, list, `if '*' is present, must not specify other ${what}`)]
      : []
  }

export const matchRules = [
  rule(RuleWithOperations, ruleFields()),
  rule(NamedRuleWithOperations, {
    ...ruleFields(),
    resourceNames: (list, field) => [...each(given(pathSegmentName))(list, field), ...unique(list, field)],
  }),
  rule(MatchResources, { matchPolicy: among('Equivalent', 'Exact') }),
  rule(ParamRef, { name: named(pathSegmentName) }, ({ name, selector, parameterNotFoundAction: action }, field) => {
    const exclusive = 'name and selector are mutually exclusive'
    return [
      ...(name && selector
        ? [fieldError.forbidden(`${field}.name`, exclusive), fieldError.forbidden(`${field}.selector`, exclusive)]
        : []),
      ...(name || selector ? [] : [fieldError.required(field, 'one of name or selector must be specified')]),
      ...needs(among('Deny', 'Allow'))(action, `${field}.parameterNotFoundAction`),
    ]
  }),
  rule(MatchCondition, { name: needs(named(qualifiedName)), expression: (text, field) => expression(text, field, '') }),
  rule(Variable, {
    name: (text = '', field) => {
      if (text.trim() === '') return [fieldError.required(field, 'name is not specified')]
      return isIdentifier(text) ? [] : [fieldError.invalid(field, text, 'name is not a valid CEL identifier')]
    },
    expression,
  }),
]

function ruleFields() {
  const versions = wholeOrAll('API versions')
  return {
    operations: ((list, field) => [
      ...wholeOrAll('operations')(list, field),
      ...each(among(...operations))(list, field),
    ]) satisfies Check<string[]>,
    apiGroups: wholeOrAll('API groups'),
    apiVersions: ((list, field) => [...versions(list, field), ...each(required)(list, field)]) satisfies Check<
      string[]
    >,
    resources: resources satisfies Check<string[]>,
  }
}

/** Resources and their subresources: `pods`, `pods/status`, and those with wildcards. */
function resources(list: string[] = [], field: string): FieldError[] {
  const errors = list.length ? [] : [fieldError.required(field)]
  const [ofResource, ofSubresource] = [new Set<string>(), new Set<string>()]
  for (const [i, text] of list.entries()) {
    const at = `${field}[${i}]`
    if (text === '') errors.push(fieldError.required(at))
    const [resource = '', ...rest] = text.split('/')
    if (rest.length === 0) continue
    const subresource = rest.join('/')
    const covered = (by: string) =>
      errors.push(fieldError.invalid(at, text, `if '${by}' is present, must not specify ${text}`))
    if (ofResource.has(resource)) covered(`${resource}/*`)
    if (ofSubresource.has(subresource)) covered(`*/${subresource}`)
    if (subresource === '*') ofResource.add(resource)
    if (resource === '*') ofSubresource.add(subresource)
  }
  const invalid = (why: string) => errors.push(fieldError.invalid(field, list, why))
  if (list.length > 1 && list.includes('*/*')) invalid("if '*/*' is present, must not specify other resources")
  // The last of those without a subresource decides, as upstream has it.
  const last = list.findLast((text) => text !== '' && !text.includes('/'))
  if (list.includes('*') && last !== '*')
    invalid("if '*' is present, must not specify other resources without subresources")
  return errors
}

export function expression(text = '', field: string, missing = 'expression is not specified'): FieldError[] {
  return text.trim() === '' ? [fieldError.required(field, missing)] : []
}

const maxConditions = 64
export const matchConditions: Check<MatchCondition[]> = (list = [], field) => [
  ...(list.length > maxConditions ? [fieldError.tooMany(field, list.length, maxConditions)] : []),
  ...uniqueNames(list, field),
]

const reserved =
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  )
const isIdentifier = (name: string) => /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.includes(name)

/** The kind of a policy's parameters. */
export const paramKind: Check<ParamKind> = (value, field) => {
  if (!value) return []
  const { apiVersion = '', kind = '' } = value
  return [...groupVersion(apiVersion, `${field}.apiVersion`), ...kindName(kind, `${field}.kind`)]
}

function groupVersion(text: string, field: string): FieldError[] {
  if (!text) return [fieldError.required(field)]
  const steps = text.split('/')
  if (steps.length > 2) return [fieldError.invalid(field, text, `unexpected GroupVersion string: ${text}`)]
  const [version = '', group = ''] = steps.toReversed()
  const joined = (value: string, problems: string[]) =>
    problems.length ? [fieldError.invalid(field, value, problems.join(','))] : []
  return [
    ...(group ? joined(group, dns1123Subdomain(group)) : []),
    ...(version
      ? joined(version, dns1035Label(version))
      : [fieldError.invalid(field, text, 'version must be specified')]),
  ]
}

function kindName(kind: string, field: string): FieldError[] {
  if (!kind) return [fieldError.required(field)]
  const problems = dns1035Label(kind.toLowerCase())
  return problems.length
    ? [fieldError.invalid(field, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)]
    : []
}
