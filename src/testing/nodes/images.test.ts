import { expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'

const pod = (image: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { app: 'p' } },
  spec: { containers: [{ name: 'c', image, ...container }], ...spec },
})
const state = async (cluster: TestCluster) => {
  const status = (await cluster.get('Pod', 'p')).status.containerStatuses?.[0]
  return { ...status, waiting: status?.state?.waiting?.reason, last: status?.lastState?.terminated }
}

test('a slow start and logs', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('web:*', { start: '2s', logs: ['listening', 'on 8080'] })
  await cluster.apply(pod('web:1'))
  await cluster.clock.advance('1900ms')
  expect((await state(cluster)).ready).toBeFalsy()
  await cluster.clock.advance('100ms')
  expect((await state(cluster)).ready).toBe(true)
  expect(await cluster.logs('p')).toEqual(['listening', 'on 8080'])
})

test('an image that nobody knows may run where root may not', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply(pod('web', { securityContext: { runAsNonRoot: true } }))
  await cluster.settle()
  expect((await state(cluster)).ready).toBe(true)
})

test('a crash loop backs off', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('bad', { crashAfter: '1s', logs: ['oh no'] })
  await cluster.apply(pod('bad'))
  await cluster.clock.advance('11s')
  expect(await state(cluster)).toMatchObject({ restartCount: 1, last: { exitCode: 1, reason: 'Error' } })
  await cluster.clock.advance('10m')
  const { restartCount = 0, waiting } = await state(cluster)
  expect(waiting).toBe('CrashLoopBackOff')
  // 10 s doubling to 5 minutes.
  expect(restartCount).toBeGreaterThanOrEqual(5)
  expect(restartCount).toBeLessThanOrEqual(7)
  expect(await cluster.logs('p', { previous: true })).toEqual(['oh no'])
  expect((await cluster.events({ name: 'p' })).map(({ reason }) => reason)).toContain('BackOff')
})

test('an image that crashes twice and then stays up', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('shy', { crashAfter: 0, crashes: 2 })
  await cluster.apply(pod('shy'))
  await cluster.clock.advance('1m')
  expect(await state(cluster)).toMatchObject({ ready: true, restartCount: 2 })
})

test('an image that cannot be pulled, until it can', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('registry.example/web:*', { pullError: 'manifest unknown' })
  await cluster.apply(pod('registry.example/web:2'))
  await cluster.settle()
  expect((await state(cluster)).waiting).toBe('ErrImagePull')
  await cluster.clock.advance('1m')
  expect((await state(cluster)).waiting).toBe('ImagePullBackOff')
  cluster.image('registry.example/web:*', { pull: '3s' })
  await cluster.clock.advance('5m')
  expect((await state(cluster)).ready).toBe(true)
})

test('more memory than its limit: OOM-killed', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('fat', { memory: '200Mi' })
  await cluster.apply(pod('fat', { restartPolicy: 'Never' }, { resources: { limits: { memory: '100Mi' } } }))
  await cluster.settle()
  const terminated = (await cluster.get('Pod', 'p')).status.containerStatuses?.[0]?.state?.terminated
  expect(terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
})

test('probes', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('late', { probes: { readiness: { failUntil: '30s' } } })
  const probe = { httpGet: { port: 80 }, periodSeconds: 5 }
  await cluster.apply(pod('late', {}, { readinessProbe: probe }))
  await cluster.clock.advance('25s')
  expect((await state(cluster)).ready).toBe(false)
  await cluster.clock.advance('15s')
  expect((await state(cluster)).ready).toBe(true)
})

test('each probe fails until its own time', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('web:*', { probes: { readiness: { failUntil: '30s' }, liveness: { failUntil: '5s' } } })
  const httpGet = { port: 80 }
  const probes = {
    readinessProbe: { httpGet, periodSeconds: 1 },
    livenessProbe: { httpGet, periodSeconds: 3, failureThreshold: 4 },
  }
  await cluster.apply(pod('web:1', {}, probes))
  await cluster.clock.advance('29s')
  expect(await state(cluster)).toMatchObject({ ready: false, restartCount: 0 })
  await cluster.clock.advance('2s')
  expect(await state(cluster)).toMatchObject({ ready: true, restartCount: 0 })
})

test('jobs end', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('job', { exitAfter: '30s' })
  await cluster.apply(pod('job', { restartPolicy: 'Never' }))
  await cluster.clock.advance('29s')
  expect((await cluster.get('Pod', 'p')).status.phase).toBe('Running')
  await cluster.clock.advance('1s')
  expect((await cluster.get('Pod', 'p')).status.phase).toBe('Succeeded')
})

test('wrong values fail where they are set', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  expect(() => cluster.image('web', { start: 'soon' })).toThrow('image web: start must be a duration')
})

test('HTTP: services lead to ready pods, and connections fail as they do', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('web', {
    http: async (request) => Response.json({ method: request.method, body: await request.text() }),
  })
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
  await cluster.apply(pod('web'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'p' },
    spec: { selector: { app: 'p' }, ports },
  })
  await expect(cluster.fetch('http://nobody/')).rejects.toThrow('getaddrinfo ENOTFOUND nobody')
  await cluster.settle()
  const answer = await cluster.fetch('http://p.default.svc.cluster.local/', { method: 'POST', body: 'hello' })
  expect(await answer.json()).toEqual({ method: 'POST', body: 'hello' })
  const { podIP } = (await cluster.get('Pod', 'p')).status
  expect((await cluster.fetch(`http://${podIP}:8080/`)).status).toBe(200)
  await expect(cluster.fetch('http://p:81/')).rejects.toThrow('ECONNREFUSED')
  cluster.node('node-1').partition()
  await expect(cluster.fetch(`http://${podIP}:8080/`)).rejects.toThrow('ETIMEDOUT')
})
