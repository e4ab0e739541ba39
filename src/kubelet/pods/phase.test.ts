import { expect, test } from 'vitest'
import type { ContainerStatus, PodSpec } from '../../api/core/v1/index.ts'
import type { KubePod } from '../pod.ts'
import { podPhase } from './phase.ts'

const base = { name: 'c', image: '', imageID: '', restartCount: 0, ready: false }
/** `run`, `wait`, `0`, `1` (exited), `crash` (waiting to be restarted). */
const statusOf = (text: string): ContainerStatus => {
  if (text === 'run') return { ...base, state: { running: {} }, started: true }
  if (text === 'wait') return { ...base, state: { waiting: {} } }
  if (text === 'crash') return { ...base, state: { waiting: {} }, lastState: { terminated: { exitCode: 1 } } }
  return { ...base, ready: text === '0', state: { terminated: { exitCode: Number(text) } } }
}

test.each([
  ['Always', '', 'wait', 'Pending'],
  ['Always', '', 'run', 'Running'],
  ['Always', '', 'run wait', 'Pending'],
  ['Always', '', 'run crash', 'Running'],
  ['Always', '', '0', 'Running'],
  ['Always', '', '1', 'Running'],
  ['OnFailure', '', '0 1', 'Running'],
  ['OnFailure', '', '0 0', 'Succeeded'],
  ['OnFailure', '', '0 crash', 'Running'],
  ['Never', '', '0 0', 'Succeeded'],
  ['Never', '', '0 1', 'Failed'],
  ['Never', '', 'run 1', 'Running'],
  ['Always', 'run', 'wait', 'Pending'],
  ['Always', '1', 'wait', 'Pending'],
  ['Always', 'crash', 'wait', 'Pending'],
  ['Never', '1', 'wait', 'Failed'],
  ['Never', '0', 'wait', 'Pending'],
  ['Always', '0', 'run', 'Running'],
])('%s, init [%s], app [%s]: %s', (restartPolicy, init, app, want) => {
  const names = (text: string) => text.split(' ').filter((t) => t !== '')
  const spec: PodSpec = {
    restartPolicy,
    initContainers: names(init).map((_, i) => ({ name: `i${i}` })),
    containers: names(app).map((_, i) => ({ name: `a${i}` })),
  }
  const metadata = { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const pod: KubePod = { metadata, spec, status: {} }
  expect(podPhase(pod, names(init).map(statusOf), names(app).map(statusOf), undefined)).toBe(want)
  expect(podPhase(pod, names(init).map(statusOf), names(app).map(statusOf), 'Failed')).toBe('Failed')
})
