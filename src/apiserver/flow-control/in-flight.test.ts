import { expect, test } from 'vitest'
import type { UserInfo } from '../../api/call.ts'
import { inFlightLimits } from './in-flight.ts'

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] }
const root: UserInfo = { name: 'root', groups: ['system:masters'] }
const asking = (verb: string, user = jane) => ({
  user,
  verb,
  path: '/',
  query: new URLSearchParams(),
  signal: () => new AbortController().signal,
})

test('requests that read and requests that write have a limit each', () => {
  const gate = inFlightLimits({ reading: 1, writing: 0 })
  const leave = gate.flowOf(asking('get')).enter()
  expect(() => gate.flowOf(asking('list')).enter()).toThrow('Too many requests, please try again later.')
  for (let i = 0; i < 10; i++) gate.flowOf(asking('create')).enter()
  gate.flowOf(asking('get', root)).enter()
  if (typeof leave === 'function') leave()
})

test('a place is free again when its request has ended', () => {
  const gate = inFlightLimits({ reading: 1, writing: 1 })
  for (let i = 0; i < 3; i++) {
    const leave = gate.flowOf(asking('update')).enter()
    if (leave instanceof Promise) expect.fail('nothing waits here')
    leave()
    leave()
  }
  gate.flowOf(asking('update')).enter()
  expect(() => gate.flowOf(asking('patch')).enter()).toThrow()
})
