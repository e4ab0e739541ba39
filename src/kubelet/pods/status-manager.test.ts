import { expect, test } from 'vitest'
import type { PodStatus } from '../../api/core/v1/index.ts'
import { statusPatch } from './status-manager.ts'

const ready = (status: string, more = {}) => ({
  type: 'Ready',
  status,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
})

test('says only what differs', () => {
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
})
