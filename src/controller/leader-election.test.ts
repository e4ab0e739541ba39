import { expect, test } from 'vitest'
import { fakeBackend } from '../../test/support/fake-backend.ts'
import { Leases } from '../api/coordination/v1/index.ts'
import { silentLog } from '../api/log.ts'
import { systemRandom } from '../api/random.ts'
import type { Client } from '../client/client.ts'
import { localClient } from '../client/local.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { leaderElection } from './leader-election.ts'

function setup() {
  const backend = fakeBackend()
  const clock = virtualClock()
  const events: string[] = []
  const warnings: string[] = []
  const broken = new Set<string>()
  backend.failing = ({ user }) => (broken.has(user.name) ? new Error('cut off') : undefined)
  /** The server never answers requests of these candidates. */
  const hanging = new Set<string>()
  const clientOf = (name: string): Client => {
    const client = localClient(backend, { name, groups: [] })
    const unlessHanging = <T>(go: () => Promise<T>) => (hanging.has(name) ? new Promise<never>(() => {}) : go())
    return {
      ...client,
      get: (...args) => unlessHanging(() => client.get(...args)),
      update: (...args) => unlessHanging(() => client.update(...args)),
    }
  }
  const leading = new Set<string>()
  const run = (identity: string) => {
    const stop = new AbortController()
    let ended = false
    leaderElection(
      {
        client: clientOf(identity),
        clock,
        random: systemRandom,
        log: { ...silentLog, warn: (message) => void warnings.push(message) },
        events: { record: (_, _type, reason, message) => events.push(`${reason} ${message}`) },
        name: 'manager',
        identity,
      },
      async (signal) => {
        leading.add(identity)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        leading.delete(identity)
      },
      stop.signal,
    ).then(() => {
      ended = true
    })
    return { stop: () => stop.abort(), ended: () => ended }
  }
  const client = localClient(backend, { name: 'observer', groups: [] })
  const lease = async () => (await client.get(Leases, { namespace: 'kube-system', name: 'manager' })).spec
  return { clock, run, leading, broken, lease, events, warnings, hanging }
}

test('one leads, and keeps leading', async () => {
  const { clock, run, leading, lease, events } = setup()
  run('a')
  await clock.advance('1s')
  run('b')
  for (let i = 0; i < 60; i++) {
    await clock.advance('5s')
    expect([...leading]).toEqual(['a'])
  }
  expect(await lease()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
  expect(events).toEqual(['LeaderElection a became leader'])
})

test('a leader that stops releases its lease: the next one need not wait', async () => {
  const { clock, run, leading, lease } = setup()
  const a = run('a')
  await clock.advance('1s')
  run('b')
  await clock.advance('10s')
  a.stop()
  await clock.advance('6s')
  expect([...leading]).toEqual(['b'])
  expect(a.ended()).toBe(true)
  expect((await lease()).leaseTransitions).toBe(1)
})

test('a leader that is cut off gives up before another one takes over', async () => {
  const { clock, run, leading, broken } = setup()
  const a = run('a')
  await clock.advance('1s')
  run('b')
  await clock.advance('10s')
  broken.add('a')
  const seen = new Set<string>()
  for (let i = 0; i < 40; i++) {
    await clock.advance('500ms')
    expect(leading.size).toBeLessThanOrEqual(1)
    for (const one of leading) seen.add(one)
  }
  expect([...seen]).toEqual(['a', 'b'])
  expect(a.ended()).toBe(true)
})

test('logs once why no candidate leads', async () => {
  const { clock, run, leading, broken, warnings } = setup()
  broken.add('a')
  run('a')
  await clock.advance('1m')
  expect(warnings).toEqual(['the lease could not be taken or renewed, will try again'])
  broken.clear()
  await clock.advance('1m')
  expect([...leading]).toEqual(['a'])
})

test('a server that hangs makes no second leader, and holds up no end', async () => {
  const { clock, run, leading, hanging } = setup()
  const a = run('a')
  await clock.advance('1s')
  const b = run('b')
  hanging.add('a')
  const leaders: string[] = []
  for (let i = 0; i < 40; i++) {
    await clock.advance('1s')
    leaders.push([...leading].join())
  }
  expect(new Set(leaders)).toEqual(new Set(['a', '', 'b']))
  expect(a.ended()).toBe(true)
  hanging.add('b')
  b.stop()
  await clock.advance('11s')
  expect(b.ended()).toBe(true)
})
