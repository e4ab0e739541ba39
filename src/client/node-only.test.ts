import { afterEach, expect, test, vi } from 'vitest'
import { runOperator } from '../controller/operator.ts'
import { connect } from './connect.ts'
import { needsNode } from './node-only.ts'

afterEach(() => void vi.unstubAllGlobals())

test('passes under Node', () => {
  expect(() => needsNode('it')).not.toThrow()
})

// Some bundlers define a `process` with few members.
test.each([undefined, {}, { env: {} }])('functions that need Node say so without it (process: %j)', async (process) => {
  vi.stubGlobal('process', process)
  await expect(connect()).rejects.toThrow('connect() works in Node.js only, not in a browser')
  await expect(runOperator({ name: 'x', controllers: () => [] })).rejects.toThrow(
    'runOperator() works in Node.js only, not in a browser',
  )
})
