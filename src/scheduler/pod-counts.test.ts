import fc from 'fast-check'
import { expect, test } from 'vitest'
import { selectorOf } from '../api/machinery/selectors/labels.ts'
import { Cache } from './cache.ts'
import { PodCounts, type PodSet } from './pod-counts.ts'
import { podInfo } from './pod-info.ts'

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' })
const zone = 'topology.kubernetes.io/zone'

const nodeOf = (i: number, z: number) => ({
  metadata: { ...meta(`n${i}`), labels: { [zone]: `z${z}` } },
  spec: {},
  status: { allocatable: { cpu: '1' } },
})
const podOf = (i: number, app: number) =>
  podInfo({
    metadata: { ...meta(`p${i}`), namespace: `ns${i % 2}`, labels: { app: `a${app}` } },
    spec: {
      containers: [{ name: 'c', resources: { requests: { cpu: '100m', 'example.com/x': '1' } } }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: zone, labelSelector: { matchLabels: { app: `a${app}` } } },
          ],
        },
      },
    },
    status: {},
  })

const selector = selectorOf({ matchLabels: { app: 'a1' } })
const sets: PodSet[] = [
  { id: 'one', namespace: 'ns0', label: 'app=a1', matches: (p) => p.namespace === 'ns0' && selector.matches(p.labels) },
  { id: 'wide', label: 'app=a1', matches: (p) => selector.matches(p.labels) },
  { id: 'all', matches: () => true },
]

const small = fc.nat(4)
const step = fc.oneof(
  fc.record({ do: fc.constant('node' as const), i: small, x: small }),
  fc.record({ do: fc.constant('node-gone' as const), i: small, x: small }),
  fc.record({ do: fc.constant('pod' as const), i: fc.nat(9), x: small, app: fc.nat(2) }),
  fc.record({ do: fc.constant('pod-gone' as const), i: fc.nat(9), x: small }),
)

test('counts updated by each change equal a count from scratch', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new Cache()
      for (const set of sets) cache.counts(set).by(zone)
      cache.domains(zone)
      for (const one of steps) {
        if (one.do === 'node') cache.setNode(nodeOf(one.i, one.x))
        else if (one.do === 'node-gone') cache.removeNode(`n${one.i}`)
        else if (one.do === 'pod') cache.setPod(podOf(one.i, one.app), `n${one.x}`)
        else cache.removePod(`p${one.i}`)
      }
      const fresh = new PodCounts(() => cache.nodes)
      const sorted = (map: ReadonlyMap<string, number>) => [...map].sort()
      for (const set of sets) {
        expect(sorted(cache.counts(set).by(zone))).toEqual(sorted(fresh.of(set).by(zone)))
        expect(sorted(cache.counts(set).byNode)).toEqual(sorted(fresh.of(set).byNode))
      }
      const zones = Map.groupBy(cache.nodes, (node) => node.labels[zone])
      expect([...cache.domains(zone)].sort()).toEqual([...zones].map(([z, nodes]) => [z, nodes.length]).sort())
      for (const node of cache.nodes) {
        expect(node.requested.cpu).toBe(node.pods.size * 100)
        expect(node.requested.others?.get('example.com/x') ?? 0).toBe(node.pods.size)
      }
      const carriers = cache.nodes.reduce((n, node) => n + node.pods.size, 0)
      const carried = [...cache.carriedTerms.requiredAnti.values()].flatMap(({ byValue }) => [...byValue.values()])
      expect(carried.reduce((a, b) => a + b, 0)).toBe(carriers)
    }),
    { numRuns: 300 },
  )
})
