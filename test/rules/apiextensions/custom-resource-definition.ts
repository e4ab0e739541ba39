import { CustomResourceDefinitions } from '../../../src/api/apiextensions/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  duplicate,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooMany,
  words,
} from '../rule.ts'

const properties = Object.fromEntries('abcdefghi'.split('').map((name) => [name, { type: 'string' }]))
const schema = { openAPIV3Schema: { type: 'object', properties } }
const version = { name: 'v1', served: true, storage: true, schema }
const names = { plural: 'as', kind: 'A' }
const definition = (group: string) =>
  ({
    metadata: { name: `as.${group}` },
    spec: { group, scope: 'Namespaced', names, versions: [version] },
  }) as KubeObject
const versions = to('spec.versions')
const one = 'spec.versions[0]'
const label = 'a DNS-1035 label must consist of'
const mixed = 'may have mixed case, but should otherwise match'
const inGroup = (group: string, annotations = {}) =>
  put({ 'spec.group': group, metadata: { name: `as.${group}`, annotations } })
const warning = (deprecationWarning: string, deprecated = true) =>
  versions([{ ...version, deprecated, deprecationWarning }])
const column = (fields: object) =>
  put({ [`${one}.additionalPrinterColumns`]: [{ name: 'A', type: 'string', jsonPath: '.a', ...fields }] })
const at = `${one}.additionalPrinterColumns[0]`
const scale = (fields: object) =>
  put({
    [`${one}.subresources.scale`]: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a', ...fields },
  })
const scaled = (field: string, type: Rule['type'], message: string, accept: string, refuse: string) =>
  rule(`${one}.subresources.scale.${field}`, type, message, scale({ [field]: accept }), scale({ [field]: refuse }))
const selects = (...paths: string[]) => put({ [`${one}.selectableFields`]: paths.map((jsonPath) => ({ jsonPath })) })
const approval = 'api-approved.kubernetes.io'

const ofNames: Rule[] = [
  rule('metadata.name', invalid, 'must be spec.names.plural+"."+spec.group', 'as.example.com', 'a.example.com'),
  rule('spec.group', required, '', 'example.com', ''),
  rule('spec.group', invalid, words.subdomain, 'example.com', 'Example.com'),
  rule('spec.group', invalid, 'should be a domain with at least one dot', inGroup('a.b'), inGroup('a')),
  rule('spec.scope', required, '', 'Cluster', ''),
  rule('spec.scope', notSupported, 'supported values: "Cluster", "Namespaced"', 'Cluster', 'Everywhere'),
  rule('spec.names.plural', required, '', 'as', ''),
  rule('spec.names.plural', invalid, label, 'as', '1s'),
  rule('spec.names.singular', invalid, label, 'a', 'A'),
  rule('spec.names.kind', required, '', 'A', ''),
  rule('spec.names.kind', invalid, mixed, 'Aa', 'A_'),
  rule('spec.names.listKind', invalid, mixed, 'AList', 'A_List'),
  rule('spec.names.listKind', invalid, 'kind and listKind may not be the same', 'B', 'A'),
  rule('spec.names.shortNames[0]', invalid, label, 'a', 'A'),
  rule('spec.names.categories[0]', invalid, label, 'all', 'All'),
  rule(
    `metadata.annotations[${approval}]`,
    required,
    'protected groups must have approval annotation',
    inGroup('new.k8s.io', { [approval]: 'unapproved, for a test' }),
    inGroup('new.k8s.io'),
  ),
]

const ofVersions: Rule[] = [
  rule('spec.versions', invalid, 'must have exactly one version marked as storage version', [version], []),
  rule(
    'spec.versions',
    invalid,
    'must have exactly one version marked as storage version',
    versions([version, { ...version, name: 'v2', storage: false }]),
    versions([version, { ...version, name: 'v2' }]),
  ),
  rule(
    'spec.versions',
    invalid,
    'must contain unique version names',
    versions([version, { ...version, name: 'v2', storage: false }]),
    versions([version, { ...version, storage: false }]),
  ),
  rule(`${one}.name`, invalid, label, 'a', '1'),
  rule(
    `${one}.schema.openAPIV3Schema`,
    required,
    'schemas are required',
    schema.openAPIV3Schema,
    put({ [`${one}.schema`]: {} }),
  ),
  rule(
    `${one}.deprecationWarning`,
    invalid,
    'can only be set for deprecated versions',
    warning('a'),
    warning('a', false),
  ),
  rule(
    `${one}.deprecationWarning`,
    invalid,
    'must be <= 256 characters long',
    warning('é'.repeat(128)),
    warning('é'.repeat(129)),
  ),
  rule(`${one}.deprecationWarning`, invalid, 'must not be an empty string', warning(' '), warning('')),
  rule(
    `${one}.deprecationWarning`,
    invalid,
    'must only contain printable UTF-8 characters; non-printable character found at index 2',
    warning('é b'),
    warning('é\n'),
  ),
  rule('spec.conversion.strategy', notSupported, 'supported values: "None", "Webhook"', 'None', 'Sometimes'),
  rule('spec.preserveUnknownFields', invalid, 'cannot set to true', false, true),
]

const ofTheRest: Rule[] = [
  rule(`${at}.name`, required, '', column({}), column({ name: '' })),
  rule(`${at}.type`, required, 'must be one of boolean,date,integer,number,string', column({}), column({ type: '' })),
  rule(`${at}.type`, invalid, 'must be one of boolean', column({ type: 'date' }), column({ type: 'object' })),
  rule(`${at}.format`, invalid, 'must be one of byte,date', column({ format: 'int64' }), column({ format: 'int16' })),
  rule(`${at}.jsonPath`, required, '', column({}), column({ jsonPath: '' })),
  rule(`${at}.jsonPath`, invalid, '', column({ jsonPath: '.a[?(@.b=="c")].d' }), column({ jsonPath: 'a' })),
  scaled('specReplicasPath', required, '', '.spec.a', ''),
  scaled('specReplicasPath', invalid, 'should be a json path under .spec', '.spec.a', '.status.a'),
  scaled('specReplicasPath', invalid, 'should be a json path under dot notation', '.spec.a.b', '.spec.a[0]'),
  scaled('statusReplicasPath', required, '', '.status.a', ''),
  scaled('statusReplicasPath', invalid, 'should be a json path under .status', '.status.a', '.spec.a'),
  scaled('labelSelectorPath', invalid, 'should be a json path under .spec or .status', '.spec.a', '.a'),
  rule(`${one}.selectableFields[0].jsonPath`, required, '', selects('.a'), selects('')),
  rule(`${one}.selectableFields[1].jsonPath`, duplicate, '".a"', selects('.a', '.b'), selects('.a', '.a')),
  rule(`${one}.selectableFields[0].jsonPath`, invalid, 'is an invalid path', selects('.a'), selects('.z')),
  rule(
    `${one}.selectableFields[0].jsonPath`,
    invalid,
    'must not point to fields in metadata',
    selects('.a'),
    selects('.metadata.name'),
  ),
  rule(
    `${one}.selectableFields`,
    tooMany,
    '9: must have at most 8 items',
    selects(...'abcdefgh'.split('').map((name) => `.${name}`)),
    selects(...'abcdefghi'.split('').map((name) => `.${name}`)),
  ),
]

export const definitionTables: Table[] = [
  {
    resource: CustomResourceDefinitions,
    base: definition('example.com'),
    rules: [...ofNames, ...ofVersions, ...ofTheRest],
    uncovered: [
      { path: `${one}.schema`, rule: "a schema's own rules", why: 'validate-definition.test.ts has their cases' },
      { path: 'spec.conversion.webhook', rule: "a webhook's rules", why: 'conversion webhooks are refused' },
      { path: 'x-kubernetes-validations', rule: 'rules of expressions', why: 'rules.test.ts has their cases' },
    ],
  },
  {
    resource: CustomResourceDefinitions,
    write: 'update',
    base: definition('stored.example.com'),
    rules: [
      rule('spec.group', invalid, words.immutable, put({ 'spec.names.shortNames': ['b'] }), 'other.example.com'),
      rule('spec.scope', invalid, words.immutable, put({ 'spec.names.categories': ['all'] }), 'Cluster'),
      rule('spec.names.plural', invalid, words.immutable, put({ 'spec.names.singular': 'b' }), 'bs'),
      rule('spec.names.kind', invalid, words.immutable, put({ 'spec.names.listKind': 'Bs' }), 'B'),
      rule(
        'status.storedVersions[0]',
        invalid,
        'missing from spec.versions; v1 was previously a storage version',
        versions([
          { ...version, storage: false },
          { ...version, name: 'v2' },
        ]),
        versions([{ ...version, name: 'v2' }]),
      ),
    ],
  },
]
