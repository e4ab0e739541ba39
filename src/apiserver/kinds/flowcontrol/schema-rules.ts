import { type FieldError, fieldError } from '../../../api/errors.ts'
import {
  FlowDistinguisherMethod,
  FlowSchemaSpec,
  GroupSubject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationReference,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
  UserSubject,
} from '../../../api/flowcontrol/v1/index.ts'
import { dns1123Label, dns1123Subdomain } from '../../../api/names.ts'
import { among, named, required } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const all = '*'
const maxPrecedence = 10_000

/** The field that a subject of each kind has, and no other. */
const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const
const subjectKinds = Object.keys(subjectFields) as (keyof typeof subjectFields)[]

/** A list that is there; `*` stands alone in it. */
const wholeOrAll =
  (missing: string, what: string): Check<string[]> =>
  (list = [], field) => {
    if (list.length === 0) return [fieldError.required(field, missing)]
    return list.length > 1 && list.includes(all)
      ? [fieldError.invalid(field, list, `if '*' is present, must not specify other ${what}`)]
      : []
  }

const verbList: Check<string[]> = (list = [], field) => {
  const errors = wholeOrAll('verbs must contain at least one value', 'verbs')(list, field)
  return list.includes(all) || list.every((verb) => verbs.includes(verb))
    ? errors
    : [...errors, fieldError.notSupported(field, list, verbs)]
}

export const schemaRules = [
  rule(PriorityLevelConfigurationReference, {
    name: (value, field) =>
      value ? named(dns1123Subdomain)(value, field) : [fieldError.required(field, 'must reference a priority level')],
  }),
  rule(FlowSchemaSpec, {
    matchingPrecedence: (value = 0, field) => {
      if (value <= 0) return [fieldError.invalid(field, value, 'must be a positive value')]
      return value > maxPrecedence
        ? [fieldError.invalid(field, value, `must not be greater than ${maxPrecedence}`)]
        : []
    },
  }),
  rule(FlowDistinguisherMethod, { type: (value = '', field) => among('ByNamespace', 'ByUser')(value, field) }),
  rule(
    PolicyRulesWithSubjects,
    {
      subjects: (list, field) =>
        list?.length ? [] : [fieldError.required(field, 'subjects must contain at least one value')],
    },
    ({ resourceRules = [], nonResourceRules = [] }, field) =>
      resourceRules.length + nonResourceRules.length
        ? []
        : [fieldError.required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty')],
  ),
  rule(Subject, {}, (subject, field) => {
    const kind = subjectKinds.find((one) => one === subject.kind)
    if (!kind) return among(...subjectKinds)(subject.kind ?? '', `${field}.kind`)
    return subjectKinds.flatMap((other) => {
      const name = subjectFields[other]
      const at = `${field}.${name}`
      if (other !== kind)
        return subject[name]
          ? [fieldError.forbidden(at, `${name} is forbidden when subject kind is not '${other}'`)]
          : []
      return subject[name] ? [] : [fieldError.required(at, `${name} is required when subject kind is '${other}'`)]
    })
  }),
  rule(UserSubject, { name: required }),
  rule(GroupSubject, { name: required }),
  rule(ServiceAccountSubject, {
    name: (value, field) =>
      value === all ? [] : [...required(value, field), ...named(dns1123Subdomain)(value, field)],
    namespace: (value, field) =>
      value
        ? named(dns1123Label)(value, field)
        : [fieldError.required(field, 'must specify namespace for service account')],
  }),
  rule(
    ResourcePolicyRule,
    {
      verbs: verbList,
      apiGroups: wholeOrAll('resource rules must supply at least one api group', 'api groups'),
      resources: wholeOrAll('resource rules must supply at least one resource', 'resources'),
    },
    ({ namespaces = [], clusterScope }, field) => namespaceProblems(namespaces, clusterScope, `${field}.namespaces`),
  ),
  rule(NonResourcePolicyRule, {
    verbs: verbList,
    nonResourceURLs: (list = [], field) => [
      ...wholeOrAll('nonResourceURLs must contain at least one value', 'non-resource URLs')(list, field),
      ...(list.includes(all) ? [] : list.flatMap((path, i) => pathProblems(path, `${field}[${i}]`))),
    ],
  }),
]

function namespaceProblems(list: readonly string[], clusterScope: boolean | undefined, field: string): FieldError[] {
  if (list.length === 0)
    return clusterScope
      ? []
      : [fieldError.required(field, 'resource rules that are not cluster scoped must supply at least one namespace')]
  if (list.includes(all))
    return list.length > 1
      ? [fieldError.invalid(field, list, "if '*' is present, must not specify other namespaces")]
      : []
  return list.flatMap((name, i) =>
    dns1123Label(name).map((problem) =>
      fieldError.invalid(
        `${field}[${i}]`,
        name,
        `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
      ),
    ),
  )
}

/** The first thing that is wrong with the path of a URL, which may end in `/*`. */
function pathProblems(path: string, field: string): FieldError[] {
  if (path === '/') return []
  const rules: [isBroken: boolean, why: string][] = [
    [path === '', 'must not be empty'],
    [!path.startsWith('/'), 'must start with slash'],
    [path.includes(' '), 'must not contain white-space'],
    [path.includes('//'), 'must not contain double slash'],
    [
      path.slice(0, -1).includes(all) || (path.endsWith(all) && !path.endsWith('/*')),
      'wildcard can only do suffix matching',
    ],
  ]
  const broken = rules.find(([isBroken]) => isBroken)
  return broken ? [fieldError.invalid(field, path, broken[1])] : []
}
