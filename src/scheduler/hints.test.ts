import { expect, test } from 'vitest'
import type { Node, Pod, PodSpec } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { Cache } from './cache.ts'
import { nodeChanges, podChanges } from './events.ts'
import type { ClusterEvent } from './plugin.ts'
import { podInfo } from './pod-info.ts'
import { defaultPlugins } from './profile.ts'

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' })
const node = (spec: Node['spec'] = {}, labels = {}, cpu = '4'): Stored<Node> => ({
  metadata: { ...meta('n'), labels },
  spec,
  status: { allocatable: { cpu, pods: '10' } },
})
const pod = (spec: Partial<PodSpec> = {}, cpu = '1'): Stored<Pod> => ({
  metadata: { ...meta('p'), namespace: 'default' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], ...spec },
  status: {},
})
const changed = (now: Stored<Node>, old: Stored<Node>): ClusterEvent => ({
  type: 'nodeChanged',
  node: now,
  old,
  what: nodeChanges(now, old),
})
const tainted = node({ taints: [{ key: 'k', effect: 'NoSchedule' }] })
const port = { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }

/** plugin, the pending pod, the event, whether the event may help */
const cases: [string, Stored<Pod>, ClusterEvent, boolean][] = [
  ['NodeResourcesFit', pod(), { type: 'nodeAdded', node: node() }, true],
  ['NodeResourcesFit', pod({}, '5'), { type: 'nodeAdded', node: node() }, false],
  ['NodeResourcesFit', pod(), changed(node(), node({}, {}, '0')), true],
  ['NodeResourcesFit', pod(), changed(node({}, { a: 'b' }), node()), false],
  ['NodeResourcesFit', pod(), { type: 'podDeleted', pod: pod() }, true],
  ['NodeResourcesFit', pod(), { type: 'podAdded', pod: pod() }, false],
  ['TaintToleration', pod(), changed(node(), tainted), true],
  ['TaintToleration', pod(), changed(tainted, node()), false],
  ['TaintToleration', pod(), { type: 'nodeAdded', node: tainted }, false],
  ['TaintToleration', pod(), { type: 'podDeleted', pod: pod() }, false],
  ['NodeUnschedulable', pod(), changed(node(), node({ unschedulable: true })), true],
  ['NodeUnschedulable', pod(), changed(node({ unschedulable: true }), node()), false],
  ['NodeAffinity', pod({ nodeSelector: { a: 'b' } }), changed(node({}, { a: 'b' }), node()), true],
  ['NodeAffinity', pod({ nodeSelector: { a: 'b' } }), changed(node({}, { a: 'c' }), node()), false],
  ['NodePorts', pod(port), { type: 'podDeleted', pod: pod(port) }, true],
  ['NodePorts', pod(port), { type: 'podDeleted', pod: pod() }, false],
  ['PodTopologySpread', pod(), { type: 'podAdded', pod: pod() }, true],
  ['InterPodAffinity', pod(), { type: 'podDeleted', pod: pod() }, true],
]

test.each(cases)('%s: case %#', (name, pending, event, expected) => {
  const plugin = defaultPlugins.find((one) => one.name === name)
  expect(plugin?.helps?.(event, podInfo(pending), new Cache())).toBe(expected)
})

test('heartbeats and container states are no events', () => {
  const beat = (at: string): Stored<Node> => ({
    ...node(),
    status: { ...node().status, conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: at }] },
  })
  expect([...nodeChanges(beat('b'), beat('a'))]).toEqual([])
  const state = (phase: string): Stored<Pod> => ({
    ...pod(),
    metadata: { ...pod().metadata, generation: 1 },
    status: { phase },
  })
  expect([...podChanges(state('Running'), state('Pending'))]).toEqual([])
})
