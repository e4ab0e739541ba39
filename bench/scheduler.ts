import type { Node, Pod } from '../src/api/core/v1/index.ts'
import type { Stored } from '../src/api/object.ts'
import { Cache } from '../src/scheduler/cache.ts'
import { schedule } from '../src/scheduler/cycle.ts'
import { podInfo } from '../src/scheduler/pod-info.ts'
import { defaultPlugins } from '../src/scheduler/profile.ts'
import type { Benchmark } from './harness.ts'

/** No queue, no API: only the choice of nodes, one pod after the other. */
export const benchmark: Benchmark = {
  summary: 'the pure scheduling cycle: pods placed a second on 100, 1,000 and 5,000 nodes',
  async measure(bench) {
    const pods = bench.quick ? 1000 : 5000
    for (const nodes of [100, 1000, 5000])
      for (const kind of Object.keys(kinds)) {
        const name = `${nodes.toLocaleString('en')} nodes, ${kind}`
        const rates = await bench.repeat(name, 3, async () => placed(nodes, pods, kind))
        bench.figure(name, '/s', rates)
      }
  },
}

const random = { next: Math.random, uuid: () => crypto.randomUUID() }

const node = (i: number): Stored<Node> => ({
  metadata: {
    name: `node-${i}`,
    uid: `n${i}`,
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { 'kubernetes.io/hostname': `node-${i}`, 'topology.kubernetes.io/zone': `zone-${i % 3}` },
  },
  spec: {},
  status: { allocatable: { cpu: '16', memory: '64Gi', 'ephemeral-storage': '100Gi', pods: '110' } },
})

const plain = (i: number): Stored<Pod> => ({
  metadata: {
    name: `pod-${i}`,
    namespace: 'default',
    uid: `p${i}`,
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { app: `web-${i % 20}` },
  },
  spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '100m', memory: '128Mi' } } }] },
  status: {},
})

const selectorOf = (pod: Stored<Pod>) => ({ matchLabels: { app: pod.metadata.labels?.app ?? '' } })

const kinds: Record<string, (i: number) => Stored<Pod>> = {
  plain,
  'node affinity': (i) => {
    const pod = plain(i)
    const term = { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-1'] }] }
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } }
    return { ...pod, spec: { ...pod.spec, affinity } }
  },
  'topology spread': (i) => {
    const pod = plain(i)
    const constraint = { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: selectorOf(pod) }
    const topologySpreadConstraints = [{ ...constraint, topologyKey: 'topology.kubernetes.io/zone' }]
    return { ...pod, spec: { ...pod.spec, topologySpreadConstraints } }
  },
  'pod anti-affinity': (i) => {
    const pod = plain(i)
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: selectorOf(pod) }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    return { ...pod, spec: { ...pod.spec, affinity } }
  },
}

function placed(nodes: number, pods: number, kind: string): number {
  const cache = new Cache()
  for (let i = 0; i < nodes; i++) cache.setNode(node(i))
  const make = kinds[kind] ?? plain
  const queue = Array.from({ length: pods }, (_, i) => make(i))
  const begun = performance.now()
  let start = 0
  let count = 0
  for (const pod of queue) {
    const info = podInfo(pod)
    const decision = schedule(info, cache, { plugins: defaultPlugins, random, start })
    start = decision.next
    if (!('node' in decision)) continue
    cache.setPod(info, decision.node.name, true)
    count++
  }
  return count / ((performance.now() - begun) / 1000)
}
