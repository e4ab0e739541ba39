import { expect, test } from 'vitest'
import type { Pod } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { PodDisruptionBudget } from '../api/policy/v1/index.ts'
import { Cache } from './cache.ts'
import { schedule } from './cycle.ts'
import { podInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'
import { defaultPlugins } from './profile.ts'

const random = { next: () => 0, uuid: () => '' }
const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' })

const pod = (name: string, priority: number, cpu = '1', app = name, spec: Partial<Pod['spec']> = {}) =>
  podInfo({
    metadata: { ...meta(name), namespace: 'default', labels: { app } },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], priority, ...spec },
    status: { startTime: '2026-01-01T00:00:00Z' },
  })

const budget = (app: string, disruptionsAllowed: number): Stored<PodDisruptionBudget> => ({
  metadata: { ...meta(app), namespace: 'default' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
})

function world(nodes: Record<string, ReturnType<typeof pod>[]>, cpu = '2'): Cache {
  const cache = new Cache()
  for (const [name, pods] of Object.entries(nodes)) {
    const labels = { 'kubernetes.io/hostname': name }
    cache.setNode({ metadata: { ...meta(name), labels }, spec: {}, status: { allocatable: { cpu, pods: '9' } } })
    for (const one of pods) cache.setPod(one, name)
  }
  return cache
}

function decide(cache: Cache, wanted: ReturnType<typeof pod>, budgets: Stored<PodDisruptionBudget>[] = []) {
  const decision = schedule(wanted, cache, { plugins: defaultPlugins, random })
  if ('node' in decision) throw new Error('there is room')
  const found = preempt(wanted, cache, { ...decision, budgets, random })
  return 'victims' in found ? { node: found.node, victims: found.victims.map(({ uid }) => uid) } : found
}

test('spares pods whose disruption budget is used up if others suffice', () => {
  const cache = world({ a: [pod('a1', 1), pod('a2', 1)], b: [pod('b1', 5), pod('b2', 5)] })
  expect(decide(cache, pod('new', 10), [budget('a1', 0)])).toEqual({ node: 'a', victims: ['a2'] })
  expect(decide(cache, pod('new', 10), [budget('a1', 0), budget('a2', 0)])).toEqual({ node: 'b', victims: ['b2'] })
  // Without other victims, budgets do not protect.
  const all = ['a1', 'a2', 'b1', 'b2'].map((app) => budget(app, 0))
  expect(decide(cache, pod('new', 10), all)).toEqual({ node: 'a', victims: ['a2'] })
})

test('chooses the node that loses the least important pods, then the node that loses fewer', () => {
  const several = { a: [pod('a1', 4, '2')], b: [pod('b1', 3), pod('b2', 3)], c: [pod('c1', 3, '2')] }
  expect(decide(world(several), pod('new', 10, '2'))).toEqual({ node: 'c', victims: ['c1'] })
})

test('evicts only pods that are in the way', () => {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'rival' } } }
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
  const cache = world({ a: [pod('friend', 1), pod('rival', 1)] }, '9')
  expect(decide(cache, pod('new', 10, '1', 'new', { affinity }))).toEqual({ node: 'a', victims: ['rival'] })
})

test('looking for victims changes nothing', () => {
  const cache = world({ a: [pod('a1', 1), pod('a2', 20)], b: [pod('b1', 1), pod('b2', 2)] })
  const state = () =>
    JSON.stringify(cache.nodes.map(({ name, requested, pods }) => [name, requested, [...pods.keys()].sort()]))
  const before = state()
  decide(cache, pod('new', 10, '2'))
  expect(state()).toBe(before)
})

test('a pod waits for its victims to go, and does not preempt on the next node', () => {
  const leaving = podInfo({
    ...pod('a1', 1, '2').pod,
    metadata: { ...pod('a1', 1).pod.metadata, deletionTimestamp: 'now' },
  })
  const cache = world({ a: [leaving], b: [pod('b1', 1, '2')] })
  const wanted = pod('new', 10)
  cache.nominate('new', { pod: wanted, node: 'a' })
  expect(decide(cache, wanted)).toEqual({
    message: 'preemption: not eligible due to a terminating pod on the nominated node.',
  })
})
