import { jsonText, parseJson } from '../src/api/machinery/json/json-text.ts'
import type { Benchmark } from './harness.ts'

/** What exact integers cost bodies that have none: the scan before the parse, the check before the encoding. */
export const benchmark: Benchmark = {
  summary: 'reading and writing the JSON of a pod with exact integers, by JSON.parse and JSON.stringify',
  async measure(bench) {
    const bytes = new TextEncoder().encode(JSON.stringify(pod))
    const large = new TextEncoder().encode(JSON.stringify(pod).replace('300', '9223372036854775807'))
    const results = await bench.repeat('JSON of a pod', 9, async () => {
      const [plain = 0, exact = 0, withLarge = 0, plainText = 0, exactText = 0] = inTurns(bench.quick ? 20 : 200, [
        () => JSON.parse(decoder.decode(bytes)),
        () => parseJson(decoder.decode(bytes)),
        () => parseJson(decoder.decode(large)),
        () => JSON.stringify(pod),
        () => jsonText(pod),
      ])
      return { read: exact / plain, large: withLarge / plain, written: exactText / plainText }
    })
    bench.figures(results, {
      read: [`pod of ${bytes.length} bytes read, by JSON.parse`, 'x', { under: 1.1 }],
      large: ['the same with an integer beyond 2^53', 'x'],
      written: ['pod written, by JSON.stringify', 'x', { under: 1.05 }],
    })
  },
}

const decoder = new TextDecoder()

/** Processor time of each, 100 at a time. */
function inTurns(turns: number, acts: (() => unknown)[]): number[] {
  const used = acts.map(() => 0)
  for (let turn = 0; turn < turns; turn++)
    for (const [i, act] of acts.entries()) {
      const before = process.cpuUsage()
      for (let n = 0; n < 100; n++) act()
      const { user, system } = process.cpuUsage(before)
      used[i] = (used[i] ?? 0) + user + system
    }
  return used
}

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c5d8bf9f4', controller: true }
const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web-7c5d8bf9f4-x2l9k',
    namespace: 'default',
    uid: '1c9f7f32-9aa4-4a1e-8a0c-2f6f0a1d8b55',
    creationTimestamp: '2026-11-30T10:00:00Z',
    labels: { app: 'web', 'pod-template-hash': '7c5d8bf9f4' },
    ownerReferences: [{ ...owner, uid: '0a61b6c8-6d3f-4f0e-9f0b-4b7d1c5e2a90' }],
  },
  spec: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    nodeName: 'node-17',
    tolerations: ['not-ready', 'unreachable'].map((name) => ({
      key: `node.kubernetes.io/${name}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    containers: [
      {
        name: 'web',
        image: 'registry.example.com/web@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097',
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        terminationMessagePath: '/dev/termination-log',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.244.3.17',
    podIPs: [{ ip: '10.244.3.17' }],
    startTime: '2026-11-30T10:00:01Z',
    conditions: conditions.map((type) => ({ type, status: 'True', lastTransitionTime: '2026-11-30T10:00:02Z' })),
  },
}
