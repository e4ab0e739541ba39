import { afterAll, beforeAll, expect, test } from 'vitest'
import { Pods } from '../api/core/v1/index.ts'
import { startCluster, type TestCluster } from './cluster/cluster.ts'

/** Passes a value without type checks, as JavaScript does. */
const unchecked = <T>(given: unknown) => given as T

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
})
afterAll(() => cluster.stop())

test.each([
  [{ node: 3 }, 'startCluster: there is no "node", but nodes, clock, start, seed,'],
  [{ nodes: '3' }, 'startCluster: nodes must be a whole number from 0 on, not "3"'],
  [{ nodes: -1 }, 'nodes must be a whole number from 0 on, not -1'],
  [{ clock: 'virtul' }, "clock must be 'virtual', 'real', or a clock, with now, after, not \"virtul\""],
  [{ start: 'tomorrow' }, 'start must be a time: milliseconds, a date, or its text, not "tomorrow"'],
  [{ log: 'x' }, 'log must be a log, with debug, info, warn, error, not "x"'],
  [{ controllers: [] }, 'controllers must be options, or a function that makes controllers, not []'],
  [3, 'startCluster takes an object, not 3'],
])('startCluster(%j) says what is wrong', async (options, message) => {
  await expect(startCluster(unchecked(options))).rejects.toThrow(message)
})

test.each([
  [{ crashafter: '1s' }, 'image web:*: there is no "crashafter", but start,'],
  [{ start: '2 seconds' }, "start must be a duration: milliseconds, or '90s', '1h30m', not \"2 seconds\""],
  [{ start: -1 }, 'start must be a duration'],
  [{ exitCode: 300 }, 'exitCode must be a whole number from 0 to 255, not 300'],
  [{ logs: 'one' }, 'logs must be a list of lines, not "one"'],
  [{ probes: { ready: true } }, 'image web:*, probes: there is no "ready", but startup, readiness, liveness'],
  [{ probes: { readiness: { failuntil: 3 } } }, 'image web:*, readiness: there is no "failuntil", but failUntil'],
  [{ memory: '64MB' }, "memory must be a quantity: '250m', '64Mi', not \"64MB\""],
  [{ exitAfter: 1, crashAfter: 1 }, 'it ends by exitAfter or by crashAfter, not by both'],
])('image(%j) says what is wrong', (behaviour, message) => {
  expect(() => cluster.image('web:*', unchecked(behaviour))).toThrow(message)
})

test.each([
  [{ verbs: 'get' }, 'a fault: there is no "verbs", but verb, resource,'],
  [{ verb: 'read' }, 'verb must be one of get, list,'],
  [{ resource: 'pod' }, "resource must be a resource, in the plural: 'pods', 'pods/status', not \"pod\""],
  [{ resource: 'Pods' }, 'resource must be a resource, in the plural'],
  [{ status: 200 }, "status must be 'reset', or a whole number from 400 to 599, not 200"],
  [{ latency: 'soon' }, 'latency must be a duration'],
  [{ times: -1 }, 'times must be a whole number from 0 on, not -1'],
])('faults.add(%j) says what is wrong', (fault, message) => {
  expect(() => cluster.faults.add(unchecked(fault))).toThrow(message)
  expect(() => cluster.faults.dropWatches('pod')).toThrow('in the plural')
})

test('an outage of no known length does not begin', async () => {
  await expect(cluster.faults.restartServer('soon')).rejects.toThrow('not a duration: "soon"')
  await expect(cluster.client.list(Pods)).resolves.toBeDefined()
})

test.each([undefined, Number.NaN, -5, '-5m', '10', '10 minutes', 'soon'])('time does not pass by %j', async (by) => {
  const now = cluster.clock.now()
  await expect(cluster.clock.advance(unchecked(by))).rejects.toThrow('not a duration')
  expect(cluster.clock.now()).toBe(now)
})

test('nor to what is past, or no time', async () => {
  await expect(cluster.clock.advanceTo('2020-01-01')).rejects.toThrow(/^2020-01-01T00:00:00.000Z is past: it is 2026-/)
  await expect(cluster.clock.advanceTo('soon')).rejects.toThrow('not a time: soon; times are dates, milliseconds, or')
  await expect(cluster.clock.advanceTo(unchecked(undefined))).rejects.toThrow('not a time: undefined')
})

test('nodes and settle look, too', async () => {
  expect(() => cluster.node('node-1').pressure(unchecked('mem'))).toThrow('takes one of memory, disk, pid, not "mem"')
  expect(() => cluster.node('node-1').skewClock('soon')).toThrow('not a duration')
  await expect(cluster.settle(unchecked(() => true))).rejects.toThrow('settle takes an object, not a function')
  await expect(cluster.settle(unchecked({ till: () => true }))).rejects.toThrow(
    'there is no "till", but until, timeout',
  )
  await cluster.settle({ timeout: undefined } as object)
  await expect(cluster.events(unchecked({ kin: 'Pod' }))).rejects.toThrow('events: there is no "kin", but kind, name')
  await expect(cluster.logs('p', unchecked({ previous: 1 }))).rejects.toThrow('previous must be true or false, not 1')
})

test('time may begin with a Date', async () => {
  await using other = await startCluster({ start: new Date('2030-05-01') })
  await other.clock.advance('1h')
  expect(new Date(other.clock.now()).toISOString()).toBe('2030-05-01T01:00:00.000Z')
})
