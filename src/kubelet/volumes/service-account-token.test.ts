import { expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import type { KubePod } from '../pod.ts'
import { Tokens } from './service-account-token.ts'

const pod = { metadata: { uid: 'u', name: 'web', namespace: 'default' }, spec: {} } as KubePod

test('the kubelet renews a token at 80 % of its life; while that fails, the old token serves until it expires', async () => {
  const clock = virtualClock()
  let asked = 0
  let fails = false
  const post = async () => {
    asked++
    if (fails) throw new Error('no server')
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString()
    return { status: { token: `token-${asked}`, expirationTimestamp } }
  }
  const due: number[] = []
  const start = clock.now()
  const tokens = new Tokens({ post } as Partial<Client> as Client, clock, () => due.push((clock.now() - start) / 1000))
  const get = () => tokens.get(pod, { path: 'token', expirationSeconds: 600 })

  expect(await get()).toBe('token-1')
  await clock.advance('479s')
  expect(await get()).toBe('token-1')
  await clock.advance('1s')
  expect(due).toEqual([480])
  fails = true
  expect(await get()).toBe('token-1')
  await clock.advance('30s')
  expect(due).toEqual([480, 510])
  fails = false
  expect(await get()).toBe('token-3')

  fails = true
  await clock.advance('599s')
  expect(await get()).toBe('token-3')
  await clock.advance('31s')
  await expect(get()).rejects.toThrow('no server')
  tokens.forget('u')
  expect(clock.nextTimer).toBeUndefined()
})
