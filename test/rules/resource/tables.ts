import type { KubeObject } from '../../../src/api/object.ts'
import { ResourceClaims, ResourceClaimTemplates, ResourceSlices } from '../../../src/api/resource/v1/index.ts'
import { invalid, put, rule, type Table, words } from '../rule.ts'
import { statusTables } from './claim-status.ts'
import { claimTables } from './claims.ts'
import { sliceTables } from './slices.ts'

const metadata = { name: 'stored' }
const labelled = put({ 'metadata.labels.a': 'b' })
const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } }
const other = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'd' } }] } }

export const resourceTables: Table[] = [
  ...claimTables,
  ...sliceTables,
  ...statusTables,
  {
    resource: ResourceClaims,
    write: 'update',
    base: { metadata, spec } as KubeObject,
    rules: [rule('spec', invalid, words.immutable, labelled, other)],
  },
  {
    resource: ResourceClaimTemplates,
    write: 'update',
    base: { metadata, spec: { spec } } as KubeObject,
    rules: [rule('spec', invalid, words.immutable, labelled, { spec: other })],
  },
  {
    resource: ResourceSlices,
    write: 'update',
    base: {
      metadata,
      spec: { driver: 'd', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
    } as KubeObject,
    rules: [
      rule('spec.driver', invalid, words.immutable, put({ 'spec.pool.generation': 2 }), 'e'),
      rule('spec.pool.name', invalid, words.immutable, put({ 'spec.pool.resourceSliceCount': 2 }), 'q'),
      rule('spec.nodeName', invalid, words.immutable, labelled, 'm'),
    ],
  },
]
