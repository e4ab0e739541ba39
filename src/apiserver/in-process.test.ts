import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { ConfigMaps } from '../api/core/v1/index.ts'
import { Roles } from '../api/rbac/v1/index.ts'
import type { Client } from '../client/client.ts'
import { localClient } from '../client/local.ts'
import { inProcess } from './in-process.ts'

let server: TestServer
let client: Client
beforeAll(async () => {
  server = await startTestServer()
  client = localClient(inProcess(server.server), { name: 'admin', groups: ['system:masters'] })
})
afterAll(() => server.close())

test('a PUT that creates updates what another has created at the same time', async () => {
  const role = { metadata: { name: 'r', namespace: 'default' }, rules: [] }
  const theirs = { ...role, metadata: { ...role.metadata, labels: { by: 'post' } } }
  const ours = { ...role, metadata: { ...role.metadata, labels: { by: 'put' } } }
  const [posted, put] = await Promise.all([client.create(Roles, theirs), client.update(Roles, ours)])
  expect(put.metadata).toMatchObject({ uid: posted.metadata.uid, labels: { by: 'put' } })
  expect(await client.get(Roles, role.metadata)).toEqual(put)
})

function nested(levels: number): object {
  let value = {}
  for (let i = 1; i < levels; i++) value = { a: value }
  return value
}

test.each(['merge', 'strategic', 'json'] as const)('a %s patch that is nested too deeply is refused', async (type) => {
  const metadata = { name: `deep-${type}`, namespace: 'default' }
  await client.create(ConfigMaps, { metadata })
  const patch = type === 'json' ? [{ op: 'add', path: '/data', value: nested(5000) }] : { data: nested(5000) }
  const refusal = { name: 'ApiError', code: 400, message: 'exceeded max depth' }
  await expect(client.patch(ConfigMaps, metadata, patch, { type })).rejects.toMatchObject(refusal)
  await expect(client.create(ConfigMaps, { metadata, ...nested(5000) })).rejects.toMatchObject(refusal)
})
