import { expect, test } from 'vitest'
import { tolerates } from './taints.ts'

const taint = { key: 'a', value: '5', effect: 'NoExecute' }

test.each([
  [{ operator: 'Exists' }, true],
  [{ key: 'a', operator: 'Exists' }, true],
  [{ key: 'b', operator: 'Exists' }, false],
  [{ key: 'a', value: '5' }, true],
  [{ key: 'a', operator: 'Equal', value: '6' }, false],
  [{ operator: 'Equal', value: '5' }, false],
  [{}, false],
  [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }, false],
  [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }, true],
  [{ key: 'a', operator: 'Lt', value: '6' }, true],
  [{ key: 'a', operator: 'Gt', value: '6' }, false],
  [{ key: 'a', operator: 'Lt', value: 'x' }, false],
  [{ key: 'a', operator: 'Other', value: '5' }, false],
])('%j: %s', (toleration, expected) => {
  expect(tolerates(toleration, taint)).toBe(expected)
})
