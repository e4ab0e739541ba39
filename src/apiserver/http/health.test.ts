import { expect, test } from 'vitest'
import { exposition } from '../metrics/metrics.ts'
import type { ReadyCheck } from '../server.ts'
import { health } from './health.ts'

const checks = (failure?: string) =>
  health(
    new Map<string, ReadyCheck>([
      ['ping', () => undefined],
      ['etcd', async () => failure],
      ['shutdown', () => undefined],
    ]),
  )
const query = (text = '') => new URLSearchParams(text)

test('health is ok, or a list of checks', async () => {
  const { answer } = checks()
  expect(await answer('readyz', '', query())).toEqual({ status: 200, body: 'ok' })
  expect(await answer('readyz', '', query('verbose'))).toEqual({
    status: 200,
    body: '[+]ping ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n',
  })
  expect((await answer('livez', '', query('verbose'))).body).toBe('[+]ping ok\n[+]etcd ok\nlivez check passed\n')
})

test('a failing check fails the whole unless it is excluded', async () => {
  const { answer } = checks('no connection')
  expect(await answer('livez', '', query())).toEqual({
    status: 500,
    body: '[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n',
  })
  expect(await answer('livez', '', query('exclude=etcd&exclude=nothing&verbose'))).toEqual({
    status: 200,
    body: '[+]ping ok\n[+]etcd excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nothing"\nlivez check passed\n',
  })
})

test('each check has a path', async () => {
  const { answer } = checks('no connection')
  expect(await answer('readyz', 'ping', query())).toEqual({ status: 200, body: 'ok' })
  expect(await answer('readyz', 'etcd', query())).toEqual({
    status: 500,
    body: 'internal server error: no connection\n',
  })
  expect((await answer('livez', 'shutdown', query())).status).toBe(404)
})

test('the results are metrics', async () => {
  const { answer, families } = checks('no connection')
  await answer('readyz', '', query())
  await answer('readyz', 'ping', query())
  const text = exposition(families)
  expect(text).toContain('kubernetes_healthcheck{name="etcd",type="readyz"} 0\n')
  expect(text).toContain('kubernetes_healthchecks_total{name="ping",status="success",type="readyz"} 2\n')
})
