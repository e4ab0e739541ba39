import { expect, test } from 'vitest'
import { answer, fakeOutbound } from '../../../test/support/fake-outbound.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { cachedTokens } from './cached-tokens.ts'
import { tokenWebhook } from './webhook.ts'

const target = { url: 'https://hook.example/authenticate', headers: { authorization: 'Bearer mine' } }

function webhook(world: Parameters<typeof fakeOutbound>[0]) {
  const outbound = fakeOutbound(world)
  const clock = virtualClock()
  return { outbound, clock, ask: tokenWebhook({ target, version: 'v1' }, outbound, clock) }
}

test('the webhook is asked with a TokenReview, and names the user', async () => {
  let seen: unknown
  const { ask, outbound } = webhook((_, body) => {
    seen = body
    const user = { username: 'ann', uid: '1', groups: ['dev'], extra: { a: ['b'] } }
    return { status: { authenticated: true, user, audiences: ['api'] } }
  })
  expect(await ask('t', ['api', 'more'])).toEqual({
    user: { name: 'ann', uid: '1', groups: ['dev'], extra: { a: ['b'] } },
    audiences: ['api'],
  })
  expect(seen).toMatchObject({
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    spec: { token: 't', audiences: ['api', 'more'] },
  })
  expect(outbound.sent[0]).toMatchObject({ url: target.url, headers: { authorization: 'Bearer mine' } })
  expect(await ask('t', ['elsewhere'])).toBeUndefined()
})

test('a refusal is none of its users; an error is told', async () => {
  expect(await webhook(() => ({ status: { authenticated: false } })).ask('t', [])).toBeUndefined()
  await expect(webhook(() => ({ status: { error: 'locked' } })).ask('t', [])).rejects.toThrow('locked')
  await expect(webhook(() => answer(403, 'no')).ask('t', [])).rejects.toThrow('no')
  await expect(webhook(() => answer(200, '<html>')).ask('t', [])).rejects.toThrow('the webhook answers no JSON')
})

test('a webhook that fails is asked again, five times in all', async () => {
  let failures = 2
  const { ask, clock } = webhook(() => {
    if (failures-- > 0) throw new Error('connection refused')
    return { status: { authenticated: true, user: { username: 'ann' } } }
  })
  const asked = ask('t', [])
  await clock.advance('2s')
  expect(await asked).toMatchObject({ user: { name: 'ann' } })

  const down = webhook(() => answer(500, 'broken'))
  const failing = expect(down.ask('t', [])).rejects.toThrow('broken')
  await down.clock.advance('10s')
  await failing
  expect(down.outbound.sent.length).toBe(5)
})

test('answers are remembered for a while, errors are not', async () => {
  let calls = 0
  const clock = virtualClock()
  const answers = [undefined, new Error('down'), { user: { name: 'ann', groups: [] } }]
  const ask = cachedTokens(
    async () => {
      const given = answers[Math.min(calls++, 2)]
      if (given instanceof Error) throw given
      return given
    },
    { clock, successMs: 60_000, failureMs: 10_000 },
  )
  expect(await Promise.all([ask('t', []), ask('t', [])])).toEqual([undefined, undefined])
  expect(await ask('t', [])).toBeUndefined()
  expect(calls).toBe(1)
  await clock.advance('11s')
  await expect(ask('t', [])).rejects.toThrow('down')
  expect(await ask('t', [])).toMatchObject({ user: { name: 'ann' } })
  expect(await ask('t', [])).toMatchObject({ user: { name: 'ann' } })
  expect(calls).toBe(3)
  await ask('t', ['other'])
  expect(calls).toBe(4)
  await clock.advance('61s')
  await ask('t', [])
  expect(calls).toBe(5)
})
