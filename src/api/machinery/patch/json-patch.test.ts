import { expect, test } from 'vitest'
import { adding } from '../../../../test/support/json-patch/add.ts'
import { copying } from '../../../../test/support/json-patch/copy.ts'
import { moving } from '../../../../test/support/json-patch/move.ts'
import { type PatchCase, Refusal } from '../../../../test/support/json-patch/patch-case.ts'
import { removing } from '../../../../test/support/json-patch/remove.ts'
import { replacing } from '../../../../test/support/json-patch/replace.ts'
import { testing } from '../../../../test/support/json-patch/test.ts'
import { whole } from '../../../../test/support/json-patch/whole.ts'
import { ApiError } from '../../errors.ts'
import { jsonPatch, unknownMembers } from './json-patch.ts'

const cases: PatchCase[] = [...adding, ...removing, ...replacing, ...moving, ...copying, ...testing, ...whole]

/** What a patch comes to, and that its inputs stay as they were. */
function outcome(document: unknown, patch: unknown): unknown {
  const before = structuredClone([document, patch])
  try {
    return jsonPatch(document, patch)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return new Refusal(error.code, error.message.replace(/^the server rejected our request .*? request: /, ''))
  } finally {
    expect([document, patch]).toStrictEqual(before)
  }
}

test.each(cases)('%s', (_what, document, patch, expected) => {
  expect(outcome(document, patch)).toStrictEqual(expected)
})

test('a patch has 10,000 operations at most', () => {
  const many = (count: number) => Array.from({ length: count }, () => ({ op: 'add', path: '/l/-', value: 1 }))
  expect(jsonPatch({ l: [] }, many(10_000))).toEqual({ l: Array.from({ length: 10_000 }, () => 1) })
  expect(outcome({ l: [] }, many(10_001))).toEqual(
    new Refusal(413, 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001'),
  )
})

test('copies of a patch add 3 MiB at most', () => {
  const document = { a: 'x'.repeat(1024 * 1024 - 2), l: [] }
  const copies = (count: number) => Array.from({ length: count }, () => ({ op: 'copy', from: '/a', path: '/l/-' }))
  expect(jsonPatch(document, copies(3))).toEqual({ ...document, l: [document.a, document.a, document.a] })
  expect(outcome(document, copies(4))).toEqual(
    new Refusal(
      422,
      'Unable to complete the copy, the accumulated size increase of copy is 4194304, exceeding the limit 3145728',
    ),
  )
})

test('a change of a copy leaves the original alone', () => {
  const patch = [
    { op: 'add', path: '/a', value: {} },
    { op: 'add', path: '/a/b', value: { c: 1 } },
    { op: 'copy', from: '/a', path: '/d' },
    { op: 'replace', path: '/a/b/c', value: 2 },
  ]
  expect(jsonPatch({}, patch)).toEqual({ a: { b: { c: 2 } }, d: { b: { c: 1 } } })
})

test('what has not changed is shared', () => {
  const document = { a: { b: 1 }, c: { d: { e: 1 }, f: [1] } }
  const patched = jsonPatch(document, [{ op: 'add', path: '/c/d/e', value: 2 }]) as typeof document
  expect(patched.a).toBe(document.a)
  expect(patched.c.f).toBe(document.c.f)
})

test('members of operations that mean nothing are found', () => {
  expect(unknownMembers([{ op: 'add', path: '/a', value: 1 }, { op: 'test', why: 1 }, null])).toEqual(['[1].why'])
})
