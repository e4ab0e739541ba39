import { expect, expectTypeOf, test } from 'vitest'
import type { Stored } from '../api/object.ts'
import { startCluster } from '../testing/index.ts'
import { customResource } from './loose-resource.ts'

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backups.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'backups', singular: 'backup', kind: 'Backup' },
    versions: [
      { name: 'v1alpha1', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['schedule'],
                properties: {
                  schedule: { type: 'string' },
                  keep: { type: 'integer', default: 3 },
                  mode: { type: 'string', enum: ['full', 'incremental'] },
                  port: { 'x-kubernetes-int-or-string': true },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  targets: { type: 'array', items: { type: 'object', properties: { bucket: { type: 'string' } } } },
                  until: { type: 'string', nullable: true },
                  extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string', enum: ['Pending', 'Done'] } } },
            },
          },
        },
      },
    ],
  },
} as const

const Backups = customResource(crd)

test('a definition that is a literal says what its objects are', async () => {
  await using cluster = await startCluster()
  await cluster.apply(crd, {
    apiVersion: 'example.com/v1',
    kind: 'Backup',
    metadata: { name: 'db' },
    spec: { schedule: '@daily' },
  })
  const backup = await cluster.get(Backups, 'db')
  expect(backup.spec).toEqual({ schedule: '@daily', keep: 3 })
  expectTypeOf(backup.spec).branded.toEqualTypeOf<{
    schedule: string
    keep: number
    mode?: 'full' | 'incremental'
    port?: number | string
    labels?: Record<string, string>
    targets?: { bucket?: string }[]
    until?: string | null
    extra?: Record<string, unknown>
  }>()
  expectTypeOf(backup.status).toEqualTypeOf<{ phase?: 'Pending' | 'Done' } | undefined>()
  expectTypeOf(backup.metadata.name).toEqualTypeOf<string>()
  // @ts-expect-error no such mode
  const wrong: Stored<typeof backup>['spec'] = { schedule: '', keep: 1, mode: 'half' }
  expect(wrong).toBeDefined()
})

test('its names are those of the stored version', () => {
  expect(Backups).toMatchObject({
    apiVersion: 'example.com/v1',
    kind: 'Backup',
    resource: 'backups',
    namespaced: true,
  })
})

test('a definition can stand in the call itself', () => {
  const Sites = customResource({
    spec: {
      group: 'a.b',
      scope: 'Cluster',
      names: { kind: 'Site', plural: 'sites' },
      versions: [
        {
          name: 'v2',
          storage: true,
          schema: { openAPIV3Schema: { properties: { host: { type: 'string' } }, required: ['host'] } },
        },
      ],
    },
  })
  expectTypeOf<NonNullable<(typeof Sites)['type']['~type']>>().toHaveProperty('host').toEqualTypeOf<string>()
  expect(Sites).toMatchObject({ version: 'v2', namespaced: false })
})
