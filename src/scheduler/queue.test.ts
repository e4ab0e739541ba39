import { beforeEach, expect, test } from 'vitest'
import type { Node, Pod } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { type VirtualClock, virtualClock } from '../testing/time/clock.ts'
import { Cache } from './cache.ts'
import type { Plugin } from './plugin.ts'
import { podInfo } from './pod-info.ts'
import { SchedulingQueue } from './queue.ts'

const picky: Plugin = { name: 'Picky', prepare: () => undefined, helps: (event) => event.type === 'nodeAdded' }
const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' })
const pod = (name: string, spec: Partial<Pod['spec']> = {}) =>
  podInfo({ metadata: { ...meta(name), namespace: 'default' }, spec: { containers: [], ...spec }, status: {} })
const node: Stored<Node> = { metadata: meta('n'), spec: {}, status: {} }

let clock: VirtualClock
let queue: SchedulingQueue
let calls: number

beforeEach(() => {
  clock = virtualClock()
  calls = 0
  queue = new SchedulingQueue({ clock, plugins: [picky], snapshot: new Cache(), ready: () => calls++ })
})

const popName = () => queue.pop()?.info.uid
const fail = (plugins = ['Picky']) => {
  const next = queue.pop()
  if (next) queue.turnedAway(next, new Set(plugins))
}

test('higher priority first, then first come, first served', async () => {
  queue.add(pod('a'))
  await clock.advance(1)
  queue.add(pod('b', { priority: 10 }))
  queue.add(pod('c'))
  await clock.advance(1)
  queue.add(pod('d', { priority: 10 }))
  expect([popName(), popName(), popName(), popName(), popName()]).toEqual(['b', 'd', 'a', 'c', undefined])
})

test('a pod without room waits for an event that may help', () => {
  queue.add(pod('a'))
  fail()
  expect(queue.counts).toMatchObject({ unschedulable: 1 })
  queue.moveFor({ type: 'nodeDeleted', node })
  expect(popName()).toBeUndefined()
  queue.moveFor({ type: 'nodeAdded', node })
  expect(popName()).toBe('a')
})

test('waits out its back-off while other pods are due', async () => {
  queue.add(pod('a', { priority: 10 }))
  fail()
  queue.moveFor({ type: 'nodeAdded', node })
  expect(queue.counts).toMatchObject({ backoff: 1 })
  queue.add(pod('b'))
  expect([popName(), popName()]).toEqual(['b', 'a'])
})

test('waits out its back-off after four rejections', async () => {
  queue.add(pod('a'))
  for (let attempt = 1; attempt <= 4; attempt++) {
    fail()
    queue.moveFor({ type: 'nodeAdded', node })
  }
  expect(popName()).toBeUndefined()
  await clock.advance('7999ms')
  expect(popName()).toBeUndefined()
  await clock.advance(1)
  expect(popName()).toBe('a')
})

test('back-off doubles from 1 s to 10 s after errors', async () => {
  queue.add(pod('a'))
  for (const seconds of [1, 2, 4, 8, 10, 10]) {
    const next = queue.pop()
    if (!next) throw new Error('nothing to pop')
    queue.failed(next)
    expect(popName()).toBeUndefined()
    calls = 0
    await clock.advance(seconds * 1000 - 1)
    expect(calls).toBe(0)
    await clock.advance(1)
    expect(calls).toBe(1)
  }
})

test('retries a pod after five minutes in any case', async () => {
  queue.add(pod('a'))
  fail()
  await clock.advance('5m')
  calls = 0
  await clock.advance('30s')
  expect(popName()).toBe('a')
})

test('a removed pod does not come back', async () => {
  queue.add(pod('a'))
  queue.add(pod('b'))
  queue.remove('a')
  expect(popName()).toBe('b')
  const busy = queue.get('b')
  queue.remove('b')
  if (busy) queue.turnedAway(busy, new Set())
  if (busy) queue.failed(busy)
  queue.moveFor({ type: 'nodeAdded', node })
  await clock.advance('10m')
  expect(popName()).toBeUndefined()
})

test('does not try gated pods before their gates are gone', () => {
  queue.add(pod('a', { schedulingGates: [{ name: 'g' }] }))
  expect(popName()).toBeUndefined()
  expect(queue.counts).toMatchObject({ gated: 1 })
  queue.add(pod('a'))
  expect(popName()).toBe('a')
})
