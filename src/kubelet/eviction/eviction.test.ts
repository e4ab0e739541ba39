import { describe, expect, test } from 'vitest'
import type { KubePod } from '../pod.ts'
import { PressureMemory } from './pressure.ts'
import { type Candidate, evictionMessage, isCritical, ranked } from './ranking.ts'
import type { Observation, Signal } from './signals.ts'
import { type EvictionOptions, reservedForEviction, type Threshold, thresholdsOf } from './thresholds.ts'
import type { ContainerUsage } from './usage.ts'

const Mi = 2 ** 20
const seconds = 1000

describe('thresholds', () => {
  test('the defaults are upstream’s; 0 % and 100 % switch a signal off', () => {
    expect(thresholdsOf({}).map(({ signal, value }) => [signal, value])).toEqual([
      ['memory.available', { quantity: 100 * Mi }],
      ['nodefs.available', { share: 0.1 }],
      ['nodefs.inodesFree', { share: 0.05 }],
      ['imagefs.available', { share: 0.15 }],
      ['imagefs.inodesFree', { share: 0.05 }],
    ])
    const hard = { 'nodefs.available': '0%', 'imagefs.available': '100%', 'pid.available': '1k' }
    expect(thresholdsOf({ hard })).toEqual([{ signal: 'pid.available', value: { quantity: 1000 }, graceMs: 0 }])
    expect(thresholdsOf({ hard: {} })).toEqual([])
  })

  test.each<[EvictionOptions, string]>([
    [{ hard: { 'memory.used': '1' } }, 'unsupported eviction signal memory.used'],
    [{ hard: { 'memory.available': '-1' } }, 'neither an amount nor a percentage'],
    [{ hard: { 'memory.available': '-1%' } }, 'not between 0% and 100%'],
    [{ soft: { 'memory.available': '1' } }, 'no grace period'],
    [{ minimumReclaim: { disk: '1' } }, 'unsupported eviction signal disk'],
  ])('%j: %s', (options, message) => {
    expect(() => thresholdsOf(options)).toThrow(message)
  })

  test('what hard ones keep free is not for pods', () => {
    const all = thresholdsOf({ soft: { 'memory.available': '1Gi' }, softGraceMs: { 'memory.available': 1 } })
    expect(reservedForEviction(all, 'memory.available', 1000 * Mi)).toBe(100 * Mi)
    expect(reservedForEviction(all, 'nodefs.available', 1000)).toBe(100)
    expect(reservedForEviction(all, 'pid.available', 1000)).toBe(0)
  })
})

describe('pressure over time', () => {
  const memory = (available: number) => ({ 'memory.available': { available, capacity: 1000 } })

  test('a condition lasts for the transition period after the last sighting', () => {
    const seen = new PressureMemory(thresholdsOf({ hard: { 'memory.available': '100' } }), 300 * seconds)
    expect(seen.look(memory(100), 0)).toEqual({ pressures: [], due: [] })
    expect(seen.look(memory(99), 10 * seconds)).toMatchObject({
      pressures: ['MemoryPressure'],
      due: [{ signal: 'memory.available' }],
    })
    expect(seen.look(memory(500), 20 * seconds)).toEqual({ pressures: ['MemoryPressure'], due: [] })
    expect(seen.look(memory(500), 309 * seconds).pressures).toEqual(['MemoryPressure'])
    expect(seen.look(memory(500), 310 * seconds).pressures).toEqual([])
  })

  test('a soft threshold is due after its grace period without a break', () => {
    const options = { hard: {}, soft: { 'memory.available': '50%' }, softGraceMs: { 'memory.available': 60 * seconds } }
    const seen = new PressureMemory(thresholdsOf(options), 0)
    const due = (available: number, at: number) => seen.look(memory(available), at * seconds).due.length
    expect([due(400, 0), due(400, 59), due(600, 60), due(400, 61), due(400, 120), due(400, 121)]).toEqual([
      0, 0, 0, 0, 0, 1,
    ])
  })

  test('a crossed threshold is at ease when its minimum reclaim is free, too', () => {
    const options = { hard: { 'memory.available': '100' }, minimumReclaim: { 'memory.available': '10%' } }
    const seen = new PressureMemory(thresholdsOf(options), 0)
    const due = (available: number, at: number) => seen.look(memory(available), at).due.length
    expect([due(150, 0), due(99, 1), due(199, 2), due(200, 3), due(150, 4)]).toEqual([0, 1, 1, 0, 0])
  })

  test('memory comes first; the kubelet ignores resources that it does not measure', () => {
    const low = { available: 0, capacity: 100 }
    const seen = new PressureMemory(thresholdsOf({ hard: { 'nodefs.available': '10%', 'memory.available': '1' } }), 0)
    const found = seen.look({ 'nodefs.available': low, 'memory.available': low }, 0)
    expect(found.due.map(({ signal }) => signal)).toEqual(['memory.available', 'nodefs.available'])
    expect(found.pressures).toEqual(['MemoryPressure', 'DiskPressure'])
    expect(seen.look({}, 1)).toEqual({ pressures: [], due: [] })
  })
})

interface Given {
  memory?: number
  written?: number
  logs?: number
  volumes?: number
  processes?: number
  requests?: Record<string, string>
  priority?: number
}

const amount = (bytes = 0) => ({ bytes, inodes: bytes / 10 })
function candidate(name: string, given: Given | undefined): Candidate {
  const { memory = 0, written, logs, volumes, processes = 0, requests, priority } = given ?? {}
  const pod: KubePod = {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: {
      containers: [{ name: 'main', ...(requests && { resources: { requests } }) }],
      ...(priority !== undefined && { priority }),
    },
    status: {},
  }
  const main: ContainerUsage = { name: 'main', memoryBytes: memory, written: amount(written), logs: amount(logs) }
  return { pod, usage: given && { containers: [main], volumes: amount(volumes), processes } }
}
const order = (given: Record<string, Given | undefined>, signal: Signal, separate = false) =>
  ranked(
    Object.entries(given).map(([name, g]) => candidate(name, g)),
    signal,
    separate,
  ).map(({ pod }) => pod.metadata.name)

describe('ranking', () => {
  test('memory: beyond the request, then by priority, then by how much beyond', () => {
    const requests = { memory: '100' }
    const given = {
      within: { memory: 99, requests, priority: -5 },
      important: { memory: 5000, requests, priority: 10 },
      little: { memory: 101, requests },
      much: { memory: 300, requests },
      besteffort: { memory: 150 },
      unknown: undefined,
      withinMore: { memory: 50, requests, priority: -5 },
    }
    expect(order(given, 'memory.available')).toEqual([
      'unknown',
      'much',
      'besteffort',
      'little',
      'important',
      'within',
      'withinMore',
    ])
  })

  test('disk: what counts is what is on the file system that is short', () => {
    const given = {
      writer: { written: 900, logs: 1 },
      logger: { logs: 800 },
      volume: { volumes: 700, logs: 200 },
      asked: { written: 5000, requests: { 'ephemeral-storage': '6000' } },
    }
    expect(order(given, 'nodefs.available')).toEqual(['writer', 'volume', 'logger', 'asked'])
    expect(order(given, 'nodefs.available', true)).toEqual(['volume', 'logger', 'writer', 'asked'])
    expect(order(given, 'imagefs.available', true)).toEqual(['writer', 'logger', 'volume', 'asked'])
    expect(order(given, 'nodefs.inodesFree')).toEqual(['asked', 'writer', 'volume', 'logger'])
  })

  test('processes: by priority, then by number', () => {
    const given = { few: { processes: 1 }, many: { processes: 9 }, important: { processes: 99, priority: 1 } }
    expect(order(given, 'pid.available')).toEqual(['many', 'few', 'important'])
  })

  test('pods of the system are critical', () => {
    expect(isCritical(candidate('a', { priority: 1_000_000_000 }).pod)).toBe(false)
    expect(isCritical(candidate('a', { priority: 2_000_000_000 }).pod)).toBe(true)
  })
})

test('the message says what was short, and which containers take more than they asked for', () => {
  const [tenPercent] = thresholdsOf({ hard: { 'nodefs.available': '10%' } }) as [Threshold]
  const seen: Observation = { available: 5 * Mi, capacity: 1000 * Mi }
  const greedy = candidate('greedy', { written: 3 * Mi, logs: Mi, requests: { 'ephemeral-storage': '1Mi' } })
  expect(evictionMessage(greedy, tenPercent, seen)).toBe(
    'The node was low on resource: ephemeral-storage. Threshold quantity: 100Mi, available: 5Mi. ' +
      'Container main was using 4Mi, request is 1Mi, has larger consumption of ephemeral-storage. ',
  )
  const [pids] = thresholdsOf({ hard: { 'pid.available': '1k' } }) as [Threshold]
  expect(evictionMessage(greedy, pids, { available: 900, capacity: 32768 })).toBe(
    'The node was low on resource: pids. Threshold quantity: 1k, available: 900. ',
  )
})
