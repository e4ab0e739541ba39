import { setTimeout as promisedTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCluster } from '../cluster/cluster.ts'

const { setTimeout: realTimeout, Date: RealDate } = globalThis

test('timers and dates of the process are on the clock of the cluster, until the end of the block', async () => {
  await using cluster = await startCluster({ start: '2030-01-01T00:00:00Z' })
  const ticks: string[] = []
  const tell = (what: string) => void ticks.push(`${what} ${new Date().toISOString().slice(11, 19)}`)
  {
    using _ = cluster.takeTimers()
    expect(() => cluster.takeTimers()).toThrow('on the clock of a cluster already')
    setTimeout(tell, 60_000, 'once')
    clearTimeout(setTimeout(tell, 1000, 'never'))
    const refreshed = setTimeout(tell, 30_000, 'refreshed')
    const interval = setInterval(() => {
      tell('again')
      if (Date.now() >= Date.parse('2030-01-01T00:01:20Z')) clearInterval(interval)
    }, 40_000)
    void promisedTimeout(50_000, 'promised').then(tell)
    const ending = new AbortController()
    const aborted = promisedTimeout(5000, undefined, { signal: ending.signal })
    ending.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    await cluster.clock.advance('20s')
    refreshed.refresh()
    await cluster.clock.advance('1h')
    expect(new Date()).toBeInstanceOf(RealDate)
    expect(Date.now()).toBe(cluster.clock.now())
    expect(Date()).toContain('2030')
    expect(new Date(0).getTime()).toBe(0)
  }
  const expected = ['again 00:00:40', 'refreshed 00:00:50', 'promised 00:00:50', 'once 00:01:00', 'again 00:01:20']
  expect(ticks).toEqual(expected)
  expect(globalThis).toMatchObject({ setTimeout: realTimeout, Date: RealDate })
  await promisedTimeout(1)
})

test('a timer of the machine can be cleared meanwhile, and stopping the cluster gives timers back', async () => {
  const cluster = await startCluster()
  let fired = false
  const timer = setTimeout(() => {
    fired = true
  })
  cluster.takeTimers()
  clearTimeout(timer)
  await cluster.stop()
  expect(globalThis.setTimeout).toBe(realTimeout)
  await promisedTimeout(5)
  expect(fired).toBe(false)
})

test('only one cluster has the timers, and only one with virtual time', async () => {
  await using first = await startCluster()
  await using second = await startCluster()
  await using real = await startCluster({ clock: 'real' })
  expect(() => real.takeTimers()).toThrow('the clock of this cluster is real')
  const timers = first.takeTimers()
  timers[Symbol.dispose]()
  using _ = second.takeTimers()
  timers[Symbol.dispose]()
  expect(() => first.takeTimers()).toThrow('on the clock of a cluster already')
})
