import { afterEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer, type TestServerOptions } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'

const opened: { server: TestServer; admin: TestClient }[] = []
async function serverWith(options: TestServerOptions) {
  const server = await startTestServer(options)
  const admin = testClient(server, server.admin)
  opened.push({ server, admin })
  return admin
}
afterEach(async () => {
  for (const { server, admin } of opened.splice(0)) {
    admin.close()
    await server.close()
  }
})

describe('pages of other origins', () => {
  test('may use the server where they are allowed to, and no others', async () => {
    const admin = await serverWith({ corsOrigins: [/^https:\/\/ui\.example$/] })
    const origin = 'https://ui.example'
    const asked = await admin.send('/version', { headers: { origin } })
    expect(asked).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' },
    })
    const preflight = await admin.send('/api/v1/pods', { method: 'OPTIONS', headers: { origin } })
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH' },
    })
    for (const other of ['https://evil.example', 'https://ui.example.evil', ''])
      expect((await admin.send('/version', { headers: { origin: other } })).headers).not.toHaveProperty(
        'access-control-allow-origin',
      )
  })
})

describe('the time of a request', () => {
  test('is limited by the server, and by the client: what takes longer fails with 504', async () => {
    const admin = await serverWith({
      requestTimeoutMs: 60_000,
      authentication: {
        webhook: { target: { url: 'https://hook.example' }, version: 'v1', cacheMs: 0 },
      },
      outbound: { send: () => new Promise(() => {}) },
    })
    const waiting = testClient(opened[0]?.server as TestServer, undefined, 'unknown')
    const late = await waiting.send('/api/v1/pods?timeout=50ms')
    expect(late).toMatchObject({
      status: 504,
      body: { reason: 'Timeout', message: expect.stringContaining('did not complete within the allotted timeout') },
    })
    waiting.close()
    expect((await admin.send('/api/v1/pods?timeout=32s')).status).toBe(200)
    expect((await admin.send('/api/v1/pods?timeout=soon')).status).toBe(400)
  })

  test('is without a limit for a watch that has begun', async () => {
    const admin = await serverWith({ requestTimeoutMs: 100 })
    const watch = admin.watch('/api/v1/configmaps?watch=1')
    expect(await watch.status).toBe(200)
    await new Promise<void>((resolve) => {
      const end = Date.now() + 200
      const look = () => (Date.now() > end ? resolve() : void setImmediate(look))
      look()
    })
    const made = { metadata: { name: 'later' } }
    await admin.send('/api/v1/namespaces/default/configmaps', { method: 'POST', body: made })
    expect((await watch.next(1))[0]?.object.metadata.name).toBe('later')
    watch.stop()
  })
})

test('versions that are switched off are not served and not in discovery', async () => {
  const admin = await serverWith({ runtimeConfig: { 'batch/v1': false, 'api/beta': true, 'apps/v1': true } })
  expect((await admin.send('/apis/batch/v1/jobs')).status).toBe(404)
  expect((await admin.send('/apis/batch/v1')).status).toBe(404)
  expect((await admin.send('/apis/apps/v1/deployments')).status).toBe(200)
  const groups = (await admin.send('/apis')).body.groups.map(({ name }: { name: string }) => name)
  expect(groups).toContain('apps')
  expect(groups).not.toContain('batch')
  await expect(serverWith({ runtimeConfig: { 'apps/v1beta9': true } })).rejects.toThrow(
    'apps/v1beta9: there is no such',
  )
  await expect(serverWith({ runtimeConfig: { v1: false } })).rejects.toThrow('v1: the server needs this version itself')
})

test('privileged containers are refused where they are not allowed, in templates, too', async () => {
  const admin = await serverWith({ allowPrivileged: false })
  const container = { name: 'c', image: 'i', securityContext: { privileged: true } }
  const pod = await admin.send('/api/v1/namespaces/default/pods', {
    method: 'POST',
    body: { metadata: { name: 'p' }, spec: { containers: [container] } },
  })
  expect(pod).toMatchObject({
    status: 422,
    body: {
      message:
        'Pod "p" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
    },
  })
  const labels = { app: 'x' }
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'c', image: 'i' }], initContainers: [container] },
  }
  const deployment = await admin.send('/apis/apps/v1/namespaces/default/deployments', {
    method: 'POST',
    body: { metadata: { name: 'd' }, spec: { selector: { matchLabels: labels }, template } },
  })
  expect(deployment.body.message).toContain(
    'spec.template.spec.initContainers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
  )
})
