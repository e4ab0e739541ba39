import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { systemClock } from '../../api/clock.ts'
import { Nodes, PersistentVolumeClaims, Pods } from '../../api/core/v1/index.ts'
import { type HttpClient, httpClient } from '../../client/node/http.ts'
import { WatchedObjects } from './watched-objects.ts'

let server: TestServer
let admin: HttpClient
let node: HttpClient
const claim = { namespace: 'default', name: 'data' }

beforeAll(async () => {
  server = await startTestServer({ admission: { disable: ['ServiceAccount'] } })
  const { url, ca } = server
  admin = httpClient({ server: url, ca, ...server.admin })
  node = httpClient({ server: url, ca, ...(await server.client('system:node:n1', ['system:nodes'])) })
  await admin.create(Nodes, { metadata: { name: 'n1' } })
  await admin.create(PersistentVolumeClaims, {
    metadata: claim,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  await admin.create(Pods, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], volumes },
  })
})
afterAll(async () => {
  for (const client of [admin, node]) client.close()
  await server.close()
})

test('a node that may only get a claim sees it become bound', async () => {
  const changed: string[] = []
  const objects = new WatchedObjects(node, systemClock, (user) => changed.push(user))
  const get = () => objects.get(PersistentVolumeClaims, claim.namespace, claim.name, 'pod')
  expect((await get())?.status.phase).toBe('Pending')
  await admin.patch(PersistentVolumeClaims, claim, { status: { phase: 'Bound' } }, { subresource: 'status' })
  await vi.waitFor(() => expect(changed.length).toBeGreaterThan(1), { timeout: 5000, interval: 50 })
  expect((await get())?.status.phase).toBe('Bound')
  await expect(objects.get(PersistentVolumeClaims, claim.namespace, 'other', 'pod')).rejects.toMatchObject({
    code: 403,
  })
  objects.stop()
})
