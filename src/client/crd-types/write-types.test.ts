import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { typesOf } from './write-types.ts'

const version = (name: string, storage: boolean, openAPIV3Schema: JSONSchemaProps) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema },
})
const definition = (spec: JSONSchemaProps, names = { kind: 'Backup', plural: 'backups' }, group = 'example.com') => ({
  kind: 'CustomResourceDefinition',
  spec: {
    group,
    scope: 'Namespaced',
    names,
    versions: [version('v1', true, { type: 'object', required: ['spec'], properties: { spec } })],
  },
})
const text = { type: 'string' }

/** What is written of the spec: its declaration and those of its parts. */
function written(spec: JSONSchemaProps): string {
  const [, parts = ''] = typesOf(definition(spec)).split('  spec: BackupSpec\n}\n')
  return parts.slice(0, parts.indexOf('/** The backups of')).trim()
}

test('a field is optional unless it is required or has a default', () => {
  expect(
    written({
      type: 'object',
      required: ['schedule'],
      properties: { schedule: text, keep: { type: 'integer', default: 3 }, paused: { type: 'boolean' } },
    }),
  ).toBe(`export interface BackupSpec {
  schedule: string
  /** @default 3 */
  keep: number
  paused?: boolean | undefined
}`)
})

test('descriptions are documentation, whatever is in them', () => {
  expect(
    written({
      type: 'object',
      description: 'What to do.\n\nAnd */ when.',
      properties: {
        schedule: { type: 'string', description: 'A cron line.', default: "it's" },
        long: { type: 'string', description: 'word '.repeat(30) },
      },
    }),
  ).toBe(`/**
 * What to do.
 *
 * And *\\/ when.
 */
export interface BackupSpec {
  /**
   * A cron line.
   * @default 'it\\'s'
   */
  schedule: string
  /**
   * ${'word '.repeat(22).trim()}
   * ${'word '.repeat(8).trim()}
   */
  long?: string | undefined
}`)
})

test.for<[string, JSONSchemaProps, string]>([
  ['an enum', { type: 'string', enum: ['full', "it's"] }, "'full' | 'it\\'s'"],
  ['alternatives of enums', { type: 'string', oneOf: [{ enum: ['a'] }, { enum: ['b', 'a'] }] }, "'a' | 'b'"],
  ['a list of enums', { type: 'array', items: { type: 'string', enum: ['a', 'b'] } }, "('a' | 'b')[]"],
  ['a list of anything', { type: 'array' }, 'unknown[]'],
  ['nullable', { type: 'number', nullable: true }, 'number | null'],
  ['a number or a text', { 'x-kubernetes-int-or-string': true }, 'number | string'],
  ['a map', { type: 'object', additionalProperties: { type: 'boolean' } }, 'Record<string, boolean>'],
  ['an object of anything', { type: 'object' }, 'Record<string, unknown>'],
  ['anything', { 'x-kubernetes-preserve-unknown-fields': true }, 'unknown'],
  [
    'an object inside',
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    'KubeObject & Record<string, unknown>',
  ],
])('a type of %s', ([, schema, type]) => {
  expect(written({ type: 'object', properties: { x: schema } })).toBe(
    `export interface BackupSpec {\n  x?: ${type}${type === 'unknown' ? '' : ' | undefined'}\n}`,
  )
})

test('parts that are objects have types of their own', () => {
  const bucket = { type: 'object', properties: { name: text } }
  expect(
    written({
      type: 'object',
      properties: {
        to: bucket,
        all: { type: 'array', items: bucket },
        'by-name': {
          type: 'object',
          additionalProperties: { ...bucket, 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    }),
  ).toBe(`export interface BackupSpec {
  to?: BackupSpecTo | undefined
  all?: BackupSpecAllItem[] | undefined
  'by-name'?: Record<string, BackupSpecByNameValue> | undefined
}

export interface BackupSpecTo {
  name?: string | undefined
}

export interface BackupSpecAllItem {
  name?: string | undefined
}

export interface BackupSpecByNameValue {
  name?: string | undefined
  [name: string]: unknown
}`)
})

test('exactly one of two fields is a union', () => {
  expect(
    written({
      type: 'object',
      properties: { s3: text, gcs: { type: 'integer' }, keep: text },
      oneOf: [{ required: ['s3'] }, { required: ['gcs'] }],
    }),
  ).toBe(`export interface BackupSpecFields {
  s3?: string | undefined
  gcs?: number | undefined
  keep?: string | undefined
}

export type BackupSpec = BackupSpecFields & (
  | { s3: string; gcs?: undefined }
  | { gcs: number; s3?: undefined }
)`)
})

test('alternatives by the value of a field, and at least one of several, are unions', () => {
  const properties = { type: text, s3: text, gcs: text }
  const byType = [
    { required: ['type', 's3'], properties: { type: { enum: ['S3'] } } },
    { required: ['type', 'gcs'], properties: { type: { enum: ['GCS'] } } },
  ]
  expect(written({ type: 'object', properties, oneOf: byType })).toContain(`(
  | { type: 'S3'; s3: string }
  | { type: 'GCS'; gcs: string }
)`)
  const anyOf = [{ required: ['s3'] }, { required: ['gcs'] }]
  expect(written({ type: 'object', properties, anyOf })).toContain(`(
  | { s3: string }
  | { gcs: string }
)`)
})

test('each served version has a type; of equal kinds, each group', () => {
  const { spec } = definition({ type: 'object' })
  const older = { ...spec, versions: [version('v1beta1', false, { type: 'object' }), ...spec.versions] }
  const whole = typesOf(
    { kind: 'CustomResourceDefinition', spec: older },
    definition({ type: 'object' }, { kind: 'Backup', plural: 'backups' }, 'other.io'),
  )
  expect([...whole.matchAll(/customResource<(\w+)>/g)].map(([, type]) => type)).toEqual([
    'Backup',
    'BackupV1beta1',
    'OtherBackup',
  ])
  expect(whole).toContain('export const BackupsV1beta1 =')
  expect(new Set(whole.match(/export const \w+/g)).size).toBe(3)
})

test('a kind joins those that tests can name, unless a built-in one has its name', () => {
  expect(typesOf(definition({ type: 'object' }))).toContain('interface Kinds {\n    Backup: Backup\n  }')
  const policy = typesOf(definition({ type: 'object' }, { kind: 'NetworkPolicy', plural: 'networkpolicies' }))
  expect(policy).toContain('export const NetworkPolicies =')
  expect(policy).not.toContain('declare module')
})

test('conditions are those of Kubernetes', () => {
  const crd = readFileSync(join(import.meta.dirname, '../../../examples/operator/crd.yaml'), 'utf8')
  expect(typesOf(crd)).toContain('conditions?: Condition[] | undefined')
  expect(typesOf(crd)).toContain("import { customResource, type Condition, type KubeObject } from 'k8ts/client'")
})

test.for<[string, string | object, string]>([
  ['nothing to write of', 'kind: Pod', 'the given text: there is no CustomResourceDefinition'],
  [
    'no schema',
    {
      kind: 'CustomResourceDefinition',
      spec: { ...definition({}).spec, versions: [{ name: 'v1', served: true, storage: true }] },
    },
    'backups.example.com: version v1 has no schema',
  ],
  [
    'an old form',
    'kind: CustomResourceDefinition\nspec: {group: a.b, version: v1, names: {kind: A, plural: as}}',
    'needs spec.group, spec.names and spec.versions (apiextensions.k8s.io/v1)',
  ],
  ['no YAML', 'a: [', 'the given text:1: '],
])('%s is an error', ([, given, message]) => {
  expect(() => typesOf(given)).toThrow(message)
})
