import { expect, test } from 'vitest'
import type { PodStatus } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import { silentLog } from '../../api/log.ts'
import { nextTurn } from '../../api/turn.ts'
import type { Context } from '../../controller/controller.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import type { KubePod } from '../pod.ts'
import { StatusManager, statusPatch } from './status-manager.ts'

const ready = (status: string, more = {}) => ({
  type: 'Ready',
  status,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
})

test('a patch has only the differences', () => {
  const from: PodStatus = {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    conditions: [ready('True')],
  }
  expect(statusPatch(from, { ...from })).toBeUndefined()
  expect(statusPatch(from, { ...from, phase: 'Failed' })).toEqual({ phase: 'Failed' })
  const { podIP: _, ...rest } = from
  expect(statusPatch(from, rest)).toEqual({ podIP: null })
})

test('lists that merge by key lose what is gone', () => {
  const from: PodStatus = { podIPs: [{ ip: '10.0.0.1' }], conditions: [ready('False', { reason: 'X', message: 'y' })] }
  expect(statusPatch(from, { podIPs: [{ ip: '10.0.0.2' }], conditions: [ready('True')] })).toEqual({
    podIPs: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1', $patch: 'delete' }],
    conditions: [{ ...ready('True'), reason: null, message: null }],
  })
})

test('leaves the conditions of others alone, and a transition where it was', () => {
  const others = { type: 'example.com/gate', status: 'True' }
  const later = { ...ready('True'), lastTransitionTime: '2026-01-01T01:00:00Z' }
  expect(statusPatch({ conditions: [ready('True'), others] }, { conditions: [later] })).toBeUndefined()
  // As it was when the status was made.
  const stale = { ...others, status: 'False' }
  expect(statusPatch({ conditions: [ready('True'), others] }, { conditions: [later, stale] })).toBeUndefined()
})

test('statuses that wait for an earlier write become one write, even if the watch reports that write first', async () => {
  const pod = (resourceVersion: string, status: PodStatus) =>
    ({ metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion }, spec: {}, status }) as unknown as KubePod
  const answers: (() => void)[] = []
  const written: PodStatus[] = []
  const patch = (_resource: unknown, _name: unknown, body: { status: PodStatus }) => {
    written.push(body.status)
    const answer = pod(`${1 + written.length}`, Object.assign({}, ...written))
    return new Promise((resolve) => answers.push(() => resolve(answer)))
  }
  const statuses = new StatusManager({ client: { patch } } as unknown as Context)
  statuses.set(pod('1', {}), { phase: 'Pending' })
  statuses.set(statuses.current(pod('1', {})), { phase: 'Running' })
  // The event of the first write, before its answer.
  statuses.set(statuses.current(pod('2', { phase: 'Pending' })), { phase: 'Running' })
  answers[0]?.()
  // As soon as it is answered.
  await Promise.resolve()
  statuses.set(statuses.current(pod('2', { phase: 'Pending' })), { phase: 'Running', podIP: '10.0.0.1' })
  for (let turn = 0; turn < 2; turn++) await nextTurn()
  expect(written).toEqual([{ phase: 'Pending' }, { phase: 'Running', podIP: '10.0.0.1' }])
})

test('what others have written meanwhile is seen beside what is about to be written', () => {
  const pod = (resourceVersion: string, status: PodStatus) =>
    ({ metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion }, spec: {}, status }) as unknown as KubePod
  const statuses = new StatusManager({ client: { patch: () => new Promise(() => {}) } } as unknown as Context)
  const gate = { type: 'example.com/gate', status: 'False' }
  const open = { ...gate, status: 'True' }
  statuses.set(pod('1', { conditions: [gate] }), { phase: 'Running', conditions: [ready('False'), gate] })
  const { status } = statuses.current(pod('2', { conditions: [open] }))
  expect(status).toEqual({ phase: 'Running', conditions: [ready('False'), open] })
})

/** When the status of a pod is sent to a server that answers with these codes in turn: seconds since the first write. */
async function writesAgainst(codes: number[], duration: string): Promise<{ at: number[]; warnings: number }> {
  const clock = virtualClock()
  const start = clock.now()
  const at: number[] = []
  let warnings = 0
  const patch = async () => {
    const code = codes[Math.min(at.length, codes.length - 1)] ?? 500
    at.push((clock.now() - start) / 1000)
    throw new ApiError(code, 'Failed', 'not now')
  }
  const log = { ...silentLog, warn: () => void warnings++ }
  const statuses = new StatusManager({ client: { patch }, clock, log } as unknown as Context)
  const pod = { metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' }, spec: {}, status: {} }
  statuses.set(pod as unknown as KubePod, { phase: 'Pending' })
  await clock.advance(duration)
  statuses.stop()
  expect(clock.nextTimer).toBeUndefined()
  return { at, warnings }
}

test.each([403, 422, 500])(
  'a status that the server refuses with %i is sent in pauses that double to 10 s',
  async (code) => {
    expect(await writesAgainst([code], '36s')).toEqual({ at: [0, 1, 3, 7, 15, 25, 35], warnings: 7 })
  },
)

test('a status that conflicts is sent again each second, without a warning', async () => {
  expect(await writesAgainst([409], '4s')).toEqual({ at: [0, 1, 2, 3, 4], warnings: 0 })
  expect(await writesAgainst([500, 500, 409, 500], '7s')).toEqual({ at: [0, 1, 3, 4, 5, 7], warnings: 5 })
})

test('a status of a pod that has gone is not sent again', async () => {
  expect(await writesAgainst([404], '60s')).toEqual({ at: [0], warnings: 0 })
})
