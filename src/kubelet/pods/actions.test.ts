import { describe, expect, test } from 'vitest'
import type { Container, PodSpec } from '../../api/core/v1/index.ts'
import type { ContainerState } from '../../runtime/runtime.ts'
import type { KubePod } from '../pod.ts'
import { newestFirst, type PodState, type Run } from '../runtime-state.ts'
import { podActions } from './actions.ts'

const podOf = (spec: Partial<PodSpec>): KubePod => ({
  metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [{ name: 'a' }], restartPolicy: 'Always', ...spec },
  status: {},
})

/** `a:RUNNING`, `a:EXITED(1)`, `a#2:CREATED`; `old/a:...` in a sandbox that was replaced. */
function runOf(text: string, index: number): Run {
  const [, sandbox = 'now', name = '', attempt = '0', state = '', code = '0'] =
    /^(?:(\w+)\/)?(\w+)(?:#(\d+))?:(\w+)(?:\((\d+)\))?$/.exec(text) ?? []
  return {
    id: text,
    podSandboxId: sandbox,
    metadata: { name, attempt: Number(attempt) },
    state: state as ContainerState,
    createdAt: index,
    startedAt: index,
    finishedAt: state === 'EXITED' ? index : 0,
    exitCode: Number(code),
    image: '',
    imageRef: '',
    reason: '',
    message: '',
    labels: {},
    annotations: {},
    mounts: [],
    logPath: '',
  }
}

const sandboxOf = (id: string, state: 'READY' | 'NOTREADY', attempt: number) => ({
  id,
  state,
  metadata: { name: 'p', uid: 'u', namespace: 'default', attempt },
  createdAt: attempt,
  labels: {},
  annotations: {},
  ips: [],
})

interface Row {
  name: string
  spec?: Partial<PodSpec>
  runs?: string[]
  /** Default: one that is ready. */
  sandboxes?: PodState['sandboxes']
  failed?: string
  notStarted?: string[]
  changed?: string
  want: string[]
}

const now = [sandboxOf('now', 'READY', 0)]
const dead = [sandboxOf('old', 'NOTREADY', 0)]
const side: Container = { name: 's', restartPolicy: 'Always' }

const rows: Row[] = [
  { name: 'nothing there: a sandbox', sandboxes: [], want: ['sandbox 0'] },
  { name: 'a sandbox: the containers', want: ['start a#0'] },
  { name: 'all runs: nothing', runs: ['a:RUNNING'], want: [] },
  {
    name: 'several containers: in the order of the spec',
    spec: { containers: [{ name: 'b' }, { name: 'a' }] },
    want: ['start b#0', 'start a#0'],
  },
  { name: 'exited, Always: again', runs: ['a:EXITED(0)'], want: ['start a#1'] },
  {
    name: 'exited, OnFailure, 1: again',
    spec: { restartPolicy: 'OnFailure' },
    runs: ['a#4:EXITED(1)'],
    want: ['start a#5'],
  },
  { name: 'exited, OnFailure, 0: done', spec: { restartPolicy: 'OnFailure' }, runs: ['a:EXITED(0)'], want: [] },
  { name: 'exited, Never: done', spec: { restartPolicy: 'Never' }, runs: ['a:EXITED(1)'], want: [] },
  { name: 'created and never started: a new one', runs: ['a:CREATED'], want: ['start a#1'] },
  {
    name: 'a rule of its own beats the policy',
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'a',
          restartPolicy: 'Never',
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
        },
      ],
    },
    runs: ['a:EXITED(42)'],
    want: ['start a#1'],
  },
  {
    name: 'liveness failed: killed, to be restarted',
    runs: ['a:RUNNING'],
    failed: 'a',
    want: ['kill a: Container a failed liveness probe, will be restarted'],
  },
  {
    name: 'liveness failed, Never: killed',
    spec: { restartPolicy: 'Never' },
    runs: ['a:RUNNING'],
    failed: 'a',
    want: ['kill a: Container a failed liveness probe'],
  },
  {
    name: 'another image: killed, to be restarted',
    runs: ['a:RUNNING'],
    changed: 'a',
    want: ['kill a: Container a definition changed, will be restarted'],
  },
  { name: 'sandbox died: a new one', sandboxes: dead, runs: ['old/a:EXITED(255)'], want: ['sandbox 1'] },
  {
    name: 'sandbox died, Never: the pod is over',
    spec: { restartPolicy: 'Never' },
    sandboxes: dead,
    runs: ['old/a:EXITED(255)'],
    want: [],
  },
  {
    name: 'sandbox died, OnFailure, all done: the pod is over',
    spec: { restartPolicy: 'OnFailure' },
    sandboxes: dead,
    runs: ['old/a:EXITED(0)'],
    want: [],
  },
  {
    name: 'sandbox died under a running container: it is stopped first',
    sandboxes: dead,
    runs: ['old/a:RUNNING'],
    want: ['stop old', 'sandbox 1'],
  },
  {
    name: 'in a new sandbox all begins anew',
    sandboxes: [sandboxOf('now', 'READY', 1), ...dead],
    runs: ['old/a:EXITED(255)'],
    want: ['start a#1'],
  },
  {
    name: 'two ready sandboxes: the older is stopped',
    sandboxes: [sandboxOf('now', 'READY', 1), sandboxOf('old', 'READY', 0)],
    runs: ['a:RUNNING'],
    want: ['stop old'],
  },
  { name: 'init first', spec: { initContainers: [{ name: 'i' }, { name: 'j' }] }, want: ['start i#0'] },
  { name: 'init runs: wait', spec: { initContainers: [{ name: 'i' }, { name: 'j' }] }, runs: ['i:RUNNING'], want: [] },
  {
    name: 'init done: the next',
    spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
    runs: ['i:EXITED(0)'],
    want: ['start j#0'],
  },
  { name: 'init failed: again', spec: { initContainers: [{ name: 'i' }] }, runs: ['i:EXITED(1)'], want: ['start i#1'] },
  {
    name: 'init failed, Never: over',
    spec: { restartPolicy: 'Never', initContainers: [{ name: 'i' }] },
    runs: ['i:EXITED(1)'],
    want: [],
  },
  {
    name: 'all init done: the app',
    spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
    runs: ['i:EXITED(0)', 'j:EXITED(0)'],
    want: ['start a#0'],
  },
  {
    name: 'the first was collected as garbage: not run again',
    spec: { initContainers: [{ name: 'i' }, { name: 'j' }] },
    runs: ['j:EXITED(0)'],
    want: ['start a#0'],
  },
  {
    name: 'after the app began, init never runs again',
    spec: { initContainers: [{ name: 'i' }] },
    runs: ['a:EXITED(1)'],
    want: ['start a#1'],
  },
  {
    name: 'a sidecar that has not started holds up the rest',
    spec: { initContainers: [side, { name: 'i' }] },
    runs: ['s:RUNNING'],
    notStarted: ['s'],
    want: [],
  },
  {
    name: 'a sidecar that has started does not',
    spec: { initContainers: [side, { name: 'i' }] },
    runs: ['s:RUNNING'],
    want: ['start i#0'],
  },
  {
    name: 'a sidecar comes back whatever the policy',
    spec: { restartPolicy: 'Never', initContainers: [side] },
    runs: ['s:EXITED(0)', 'a:RUNNING'],
    want: ['start s#1'],
  },
  {
    name: 'an ephemeral container starts once',
    spec: { ephemeralContainers: [{ name: 'e' }] },
    runs: ['a:RUNNING'],
    want: ['start e#0'],
  },
  {
    name: 'and never again',
    spec: { ephemeralContainers: [{ name: 'e' }] },
    runs: ['a:RUNNING', 'e:EXITED(1)'],
    want: [],
  },
]

describe('podActions', () => {
  test.each(rows)('$name', ({ spec = {}, runs = [], sandboxes = now, failed, notStarted = [], changed, want }) => {
    const state = { sandboxes, containers: runs.map(runOf).sort(newestFirst) }
    const nameOf = (id: string) => state.containers.find((c) => c.id === id)?.metadata.name ?? ''
    const actions = podActions(podOf(spec), state, {
      verdict: (id) => ({
        started: !notStarted.includes(nameOf(id)),
        ...(nameOf(id) === failed && { failed: 'liveness' as const }),
      }),
      hash: () => 'new',
      hashOf: (run) => (run.metadata.name === changed ? 'other' : 'new'),
    })
    expect([
      ...actions.stopSandboxes.map((id) => `stop ${id}`),
      ...(actions.createSandbox ? [`sandbox ${actions.createSandbox.attempt}`] : []),
      ...actions.kill.map((k) => `kill ${k.status.metadata.name}: ${k.message}`),
      ...actions.start.map((s) => `start ${s.container.spec.name}#${s.attempt}`),
    ]).toEqual(want)
  })
})
