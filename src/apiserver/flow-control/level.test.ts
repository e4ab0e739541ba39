import { beforeEach, describe, expect, test } from 'vitest'
import { type VirtualClock, virtualClock } from '../../testing/time/clock.ts'
import { type Ask, type Leave, Level, type Refusal } from './level.ts'
import { flowStats } from './stats.ts'

let clock: VirtualClock
beforeEach(() => {
  clock = virtualClock()
})

const levelOf = (nominal: number, queuing?: { queues: number; handSize: number; queueLengthLimit: number }): Level =>
  new Level(
    {
      metadata: { name: 'level', uid: 'u' },
      spec: {
        type: 'Limited',
        limited: { limitResponse: queuing ? { type: 'Queue', queuing } : { type: 'Reject' } },
      },
    },
    { nominal, least: nominal, most: nominal },
    { clock, maxWaitMs: 15_000 },
  )

const stats = flowStats().of('level', 'schema')
const ask = (flow: string, more: Partial<Ask> = {}): Ask => ({
  flow,
  stats,
  seats: 1,
  lingerMs: 0,
  signal: () => new AbortController().signal,
  ...more,
})
const shape = { queues: 8, handSize: 2, queueLengthLimit: 5 }

function seated(entry: ReturnType<Level['enter']>): Leave {
  if (typeof entry !== 'function') throw new Error(`not let in at once: ${String(entry)}`)
  return entry
}

describe('a level with free seats', () => {
  test('lets requests in at once, and takes its seats back once', () => {
    const level = levelOf(2, shape)
    const leave = seated(level.enter(ask('a')))
    seated(level.enter(ask('b')))
    expect(level.seatsInUse).toBe(2)
    leave()
    leave()
    expect(level.seatsInUse).toBe(1)
  })

  test('lets in a request that is wider than itself, alone', async () => {
    const level = levelOf(2, shape)
    const leave = seated(level.enter(ask('a', { seats: 10 })))
    const next = level.enter(ask('b'))
    expect(next).toBeInstanceOf(Promise)
    leave()
    expect(typeof (await next)).toBe('function')
  })
})

describe('a full level', () => {
  test('refuses without queues', () => {
    const level = levelOf(1)
    seated(level.enter(ask('a')))
    expect(level.enter(ask('a'))).toBe('concurrency-limit')
  })

  test('refuses when the queues of the flow are full', () => {
    const level = levelOf(1, shape)
    seated(level.enter(ask('a')))
    const entries = Array.from({ length: 11 }, () => level.enter(ask('a')))
    expect(entries.filter((entry) => entry instanceof Promise)).toHaveLength(10)
    expect(entries[10]).toBe('queue-full')
  })

  test('refuses after the longest wait', async () => {
    const level = levelOf(1, shape)
    seated(level.enter(ask('a')))
    const entry = level.enter(ask('a'))
    await clock.advance('15s')
    expect(await entry).toBe('time-out')
    expect(level.isIdle).toBe(false)
    expect(level.queues?.waiting).toBe(0)
  })

  test('forgets a client that has gone', async () => {
    const level = levelOf(1, shape)
    const leave = seated(level.enter(ask('a')))
    const gone = new AbortController()
    const entry = level.enter(ask('a', { signal: () => gone.signal }))
    gone.abort()
    expect(await entry).toBe('cancelled')
    leave()
    expect(level.isIdle).toBe(true)
  })

  test('lets more in when it borrows seats', async () => {
    const level = levelOf(1, shape)
    seated(level.enter(ask('a')))
    const entry = level.enter(ask('b'))
    level.adjust(2)
    expect(typeof (await entry)).toBe('function')
  })

  test('keeps the seats of a write until its watchers have it', async () => {
    const level = levelOf(10, shape)
    seated(level.enter(ask('a', { seats: 10, lingerMs: 5 })))()
    const entry = level.enter(ask('b'))
    expect(entry).toBeInstanceOf(Promise)
    await clock.advance(5)
    expect(typeof (await entry)).toBe('function')
  })
})

/** Runs flows that always have `depth` requests pending, each of which takes `ms`; returns how many of each were served. */
async function contest(
  level: Level,
  flows: { flow: string; depth: number; seats?: number; ms: number }[],
  total: string,
): Promise<Record<string, number>> {
  const served: Record<string, number> = {}
  const refused: Refusal[] = []
  for (const { flow, depth, seats = 1, ms } of flows) {
    const again = () => {
      const run = (outcome: Leave | Refusal) => {
        if (typeof outcome !== 'function') return refused.push(outcome)
        clock.after(ms, () => {
          served[flow] = (served[flow] ?? 0) + 1
          outcome()
          again()
        })
      }
      const entry = level.enter(ask(flow, { seats }))
      if (entry instanceof Promise) void entry.then(run)
      else run(entry)
    }
    for (let i = 0; i < depth; i++) again()
  }
  await clock.advance(total)
  return served
}

describe('fairness', () => {
  const wide = { queues: 128, handSize: 6, queueLengthLimit: 50 }

  test('a greedy flow gets no more than a modest one that has as many queues to serve', async () => {
    const served = await contest(
      levelOf(4, { ...wide, handSize: 1 }),
      [
        { flow: 'greedy', depth: 50, ms: 10 },
        { flow: 'modest', depth: 4, ms: 10 },
      ],
      '10s',
    )
    expect(served.modest ?? 0).toBeGreaterThan((served.greedy ?? 0) * 0.85)
  })

  test('wide requests are charged for their width', async () => {
    const served = await contest(
      levelOf(8, { ...wide, handSize: 1 }),
      [
        { flow: 'wide', depth: 20, seats: 4, ms: 10 },
        { flow: 'narrow', depth: 20, ms: 10 },
      ],
      '10s',
    )
    expect((served.narrow ?? 0) / (served.wide ?? 1)).toBeGreaterThan(2.5)
  })

  test('long requests are charged for their length', async () => {
    const served = await contest(
      levelOf(4, { ...wide, handSize: 1 }),
      [
        { flow: 'long', depth: 20, ms: 40 },
        { flow: 'short', depth: 20, ms: 10 },
      ],
      '20s',
    )
    expect((served.short ?? 0) / (served.long ?? 1)).toBeGreaterThan(2.5)
  })

  test('a flow of one request waits but for its turn, however many a mad one sends', async () => {
    const level = levelOf(10, wide)
    void contest(level, [{ flow: 'mad', depth: 310, ms: 10 }], '0s')
    const since = clock.now()
    const entry = level.enter(ask('lone'))
    expect(entry).toBeInstanceOf(Promise)
    let waited = Number.NaN
    void Promise.resolve(entry).then(() => {
      waited = clock.now() - since
    })
    await clock.advance('1s')
    expect(waited).toBeLessThanOrEqual(20)
  })
})
