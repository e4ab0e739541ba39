import { describe, expect, test } from 'vitest'
import { problems, updateProblems } from '../../../../../test/support/golden.ts'

const crd = (spec: string, annotations = '', group = 'example.com') =>
  `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: as.${group}, annotations: {${annotations}}},
    spec: {group: ${group}, scope: Namespaced, names: {kind: A, plural: as}, ${spec}}}`
const versions = (schema: string, more = '') =>
  crd(`versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: ${schema}}${more && `, ${more}`}}]`)
const field = (schema: string) => versions(`{type: object, properties: {x: ${schema}}}`)
const root = 'spec.versions[0].schema.openAPIV3Schema'
const x = `${root}.properties[x]`
const scale = (paths: string) => versions('{type: object}', `subresources: {scale: {${paths}}}`)
const column = (text: string) => versions('{type: object}', `additionalPrinterColumns: [{${text}}]`)

describe('schemas', () => {
  const table: [schema: string, ...errors: string[]][] = [
    [field('{type: string}')],
    [versions('{properties: {}}'), `${root}.type: Required value: must not be empty at the root`],
    [versions('{type: string}'), `${root}.type: Invalid value: "string": must be object at the root`],
    [field('{description: nothing}'), `${x}.type: Required value: must not be empty for specified object fields`],
    [
      field('{type: array, items: {format: date}}'),
      `${x}.items.type: Required value: must not be empty for specified array items`,
    ],
    [field('{type: array}'), `${x}.items: Required value: must be specified`],
    [
      field('{type: thing}'),
      `${x}.type: Unsupported value: "thing": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
    [field('{x-kubernetes-preserve-unknown-fields: true}')],
    [field('{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}')],
    [
      field('{x-kubernetes-int-or-string: true, type: string}'),
      `${x}.type: Invalid value: "string": must be empty if x-kubernetes-int-or-string is true`,
    ],
    [
      field('{type: array, uniqueItems: true, items: {type: string}}'),
      `${x}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
    [
      field('{type: object, additionalProperties: false}'),
      `${x}.additionalProperties: Forbidden: additionalProperties cannot be set to false`,
    ],
    [
      field('{type: object, additionalProperties: {type: string}, properties: {a: {type: string}}}'),
      `${x}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
    [field('{type: string, $ref: "#/a"}'), `${x}.$ref: Forbidden: $ref is not supported`],
    [
      field('{type: string, pattern: "("}'),
      expect.stringMatching(/pattern: Invalid value: "\(": must be a valid regular expression, but isn't: /) as never,
    ],
    [field('{type: object, anyOf: [{type: object}]}'), `${x}.anyOf[0].type: Forbidden: must be empty to be structural`],
    [
      field('{type: object, oneOf: [{properties: {a: {minimum: 1}}}]}'),
      `${x}.properties[a]: Required value: because it is defined in ${x}.oneOf[0].properties[a]`,
    ],
    [
      field(
        '{type: object, properties: {a: {type: integer}}, oneOf: [{properties: {a: {minimum: 1}}, required: [a]}]}',
      ),
    ],
    [
      field(
        '{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [k], items: {type: object, properties: {k: {type: string}}}}',
      ),
      `${x}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
    [
      field('{type: array, x-kubernetes-list-type: map, items: {type: object}}'),
      `${x}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
    [
      field('{type: array, x-kubernetes-list-type: odd, items: {type: string}}'),
      `${x}.x-kubernetes-list-type: Unsupported value: "odd": supported values: "atomic", "map", "set"`,
    ],
    [
      field('{type: array, x-kubernetes-list-type: set, items: {type: object}}'),
      `${x}.items.x-kubernetes-map-type: Invalid value: "null": must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
    [
      field('{type: integer, default: a}'),
      `${x}.default: Invalid value: "string":  in body must be of type integer: "string"`,
    ],
    [
      field('{type: object, default: {b: 1}, properties: {a: {type: integer}}}'),
      `${x}.default: Invalid value: {"b":1}: must not have unknown fields`,
    ],
    [
      field('{type: object, x-kubernetes-embedded-resource: true}'),
      `${x}.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
    ],
    [
      versions('{type: object, properties: {metadata: {type: object, properties: {labels: {type: object}}}}}'),
      `${root}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
    [
      versions(
        '{type: object, properties: {metadata: {type: object, properties: {name: {type: string, maxLength: 5}}}}}',
      ),
    ],
  ]
  test.each(table)('%s', (yaml, ...errors) => expect(problems(yaml)).toEqual(errors))
})

describe('the rest of a definition', () => {
  const table: [yaml: string, ...errors: string[]][] = [
    [
      crd(
        'preserveUnknownFields: true, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]',
      ),
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
    [scale('specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas')],
    [
      scale('specReplicasPath: .status.replicas, statusReplicasPath: .status.a'),
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.replicas": should be a json path under .spec',
    ],
    [
      scale('specReplicasPath: ".spec.a[0]", statusReplicasPath: .status.a'),
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".spec.a[0]": should be a json path under dot notation',
    ],
    [column('name: A, type: string, jsonPath: \'.spec.c[?(@.type=="x")].y\'')],
    [
      column('name: A, type: odd, jsonPath: .a'),
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "odd": must be one of boolean,date,integer,number,string',
    ],
    [
      versions('{type: object, properties: {a: {type: object}}}', 'selectableFields: [{jsonPath: .b}]'),
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".b": is an invalid path: does not refer to a valid field',
    ],
    [
      crd(
        'versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]',
        '',
        'new.k8s.io',
      ),
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ]
  test.each(table)('%s', (yaml, ...errors) => expect(problems(yaml)).toEqual(errors))

  test('group, scope and names stay', () => {
    const before = field('{type: string}')
    expect(updateProblems(before, before.replace('scope: Namespaced', 'scope: Cluster'))).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
    ])
  })
})
