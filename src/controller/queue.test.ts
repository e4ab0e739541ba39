import { expect, test } from 'vitest'
import { silentLog } from '../api/log.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { workQueue } from './queue.ts'

// biome-ignore lint/suspicious/noConfusingVoidType: as in WorkQueueOptions
function setup(work: (key: string) => Promise<void | { requeueAfterMs: number }>, workers = 5) {
  const clock = virtualClock(0)
  const queue = workQueue({ name: 'test', clock, log: silentLog, work, workers })
  return { clock, queue }
}

test('a key added many times has one turn; one added while worked on has another', async () => {
  const done: string[] = []
  let most = 0
  let now = 0
  const { clock, queue } = setup(async (key) => {
    most = Math.max(most, ++now)
    if (done.length === 0) queue.add('a')
    await new Promise<void>((resolve) => clock.after(10, resolve))
    now--
    done.push(key)
  })
  for (const key of ['a', 'b', 'a', 'c', 'a']) queue.add(key)
  expect(queue.idle).toBe(false)
  await clock.advance(5)
  expect(done).toEqual([])
  queue.start()
  await clock.advance('10ms')
  expect(done).toEqual(['a', 'b', 'c'])
  await clock.advance('10ms')
  expect(done).toEqual(['a', 'b', 'c', 'a'])
  expect(most).toBe(3)
  expect(queue.idle).toBe(true)
})

test('never more keys at once than there are workers', async () => {
  let now = 0
  let most = 0
  let count = 0
  const { clock, queue } = setup(async () => {
    most = Math.max(most, ++now)
    await new Promise<void>((resolve) => clock.after(1, resolve))
    now--
    count++
  }, 3)
  queue.start()
  for (let i = 0; i < 300; i++) queue.add(`k${i}`)
  await clock.advance('1s')
  expect([most, count]).toEqual([3, 300])
})

test('a failing key is tried again after 5, 10, 20, ... ms, and from 5 again once it went well', async () => {
  const times: number[] = []
  let failing = true
  const { clock, queue } = setup(async () => {
    times.push(clock.now())
    if (failing) throw new Error('no')
  })
  queue.start()
  queue.add('a')
  await clock.advance('100ms')
  expect(times).toEqual([0, 5, 15, 35, 75])
  failing = false
  await clock.advance('1s')
  expect(queue.idle).toBe(true)
  times.length = 0
  failing = true
  queue.add('a')
  await clock.advance('8ms')
  expect(times).toHaveLength(2)
})

test('many failing keys share ten tries a second after a hundred', async () => {
  let tries = 0
  const { clock, queue } = setup(async () => {
    tries++
    throw new Error('no')
  }, 200)
  queue.start()
  for (let i = 0; i < 200; i++) queue.add(`k${i}`)
  await clock.advance('10s')
  expect(tries).toBeGreaterThan(250)
  expect(tries).toBeLessThan(450)
})

test('addAfter keeps the earlier time; requeueAfterMs calls again; stop ends it all', async () => {
  const times: number[] = []
  const { clock, queue } = setup(async () => {
    times.push(clock.now())
    return { requeueAfterMs: 1000 }
  })
  queue.start()
  queue.addAfter('a', 100)
  queue.addAfter('a', 500)
  queue.addAfter('a', 50)
  await clock.advance('60ms')
  expect(times).toEqual([50])
  expect([queue.idle, queue.delayed]).toEqual([true, 1])
  await clock.advance('2s')
  expect(times).toEqual([50, 1050, 2050])
  queue.stop()
  queue.add('a')
  await clock.advance('10s')
  expect(times).toHaveLength(3)
  expect(clock.nextTimer).toBeUndefined()
})

test('what fails is known until it succeeds; retry takes the place of the back-off', async () => {
  const words = ['a', 'a', 'b']
  const seen: string[] = []
  const clock = virtualClock(0)
  const queue = workQueue({
    name: 'test',
    clock,
    log: silentLog,
    async work() {
      const text = words.shift()
      if (text) throw new Error(text)
    },
    failed: (key, { times, alike, error, at }) => seen.push(`${key} ${times} ${alike} ${error} ${at}`),
  })
  queue.start()
  queue.add('k')
  await clock.advance(0)
  expect(queue.failures.get('k')).toMatchObject({ times: 1, alike: 1, at: 0 })
  expect(queue.delayed).toBe(1)
  queue.retry('k')
  await clock.advance(0)
  expect(seen).toEqual(['k 1 1 Error: a 0', 'k 2 2 Error: a 0'])
  queue.retry('another')
  await clock.advance('1m')
  expect(seen.slice(2)).toEqual(['k 3 1 Error: b 10'])
  expect([queue.failures.size, queue.idle, queue.delayed]).toEqual([0, true, 0])
})

test.each([
  [
    'generated names',
    true,
    ['pods "web-x7k2p" is forbidden', 'pods "web-lwxcb" is forbidden', 'pods "web-9zz4v" is forbidden'],
  ],
  [
    'uuids',
    true,
    [`request ${crypto.randomUUID()}`, `request ${crypto.randomUUID()}`, `request ${crypto.randomUUID()}`],
  ],
  ['numbers', true, ['no answer in 10ms', 'no answer in 7ms', 'no answer in 123ms']],
  ['ids', true, ['(id af93kd)', '(id b2c3ee)', '(id zz9zza)']],
  ['words', false, ['no such bucket', 'no such key', 'no such bucket']],
])('failures whose %s differ are alike: %s', async (_, isAlike, words) => {
  const clock = virtualClock(0)
  const left = [...words]
  const queue = workQueue({ name: 'test', clock, log: silentLog, work: () => Promise.reject(new Error(left.shift())) })
  queue.start()
  queue.add('k')
  await clock.advance(0)
  for (let i = 1; i < words.length; i++) {
    queue.retry('k')
    await clock.advance(0)
  }
  const { times, alike, error } = queue.failures.get('k') ?? {}
  queue.stop()
  expect([times, alike, String(error)]).toEqual([3, isAlike ? 3 : 1, `Error: ${words[2]}`])
})
