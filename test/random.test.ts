import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../src/api/errors.ts'
import { decode } from '../src/api/machinery/decode/decode.ts'
import { jsonEqual } from '../src/api/machinery/json/json-equal.ts'
import { jsonText, parseJson } from '../src/api/machinery/json/json-text.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from '../src/api/machinery/patch/index.ts'
import { decodeMessage, encodeMessage } from '../src/api/machinery/protobuf/message.ts'
import type { Type } from '../src/api/machinery/schema/schema.ts'
import { parseFieldSelector } from '../src/api/machinery/selectors/fields.ts'
import { parseLabelSelector } from '../src/api/machinery/selectors/labels.ts'
import { builtinResources } from '../src/api/resources.ts'
import { parseResourcePath } from '../src/apiserver/http/parse-path.ts'
import { nearTo } from './support/random-object.ts'

/**
 * What a client may send, at random: it is read or refused with an ApiError of the client's, and what is read keeps its
 * meaning. `K8TS_RUNS=10000` runs as many cases of each.
 */
const runs = { numRuns: Number(process.env.K8TS_RUNS ?? 200) }

/** The result, or undefined for a refusal. */
function refusable<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ApiError) || error.code >= 500) throw error
    return undefined
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}

/** What protobuf can say of an object: it does not tell an empty list or map from none, and kinds are in its envelope. */
function told(type: Type, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || type.kind === 'scalar') return value
  if (type.kind === 'list') return (value as unknown[]).map((item) => told(type.items, item))
  const typeOf = (name: string) => (type.kind === 'map' ? type.values : type.fields[name]?.type)
  const members = Object.entries(value).flatMap(([name, member]) => {
    const inner = typeOf(name)
    const isMeta = type.kind === 'message' && type.gvk && (name === 'apiVersion' || name === 'kind')
    const isEmpty = (inner?.kind === 'list' || inner?.kind === 'map') && Object.keys(member as object).length === 0
    return isMeta || isEmpty || !inner ? [] : [[name, told(inner, member)] as const]
  })
  return Object.fromEntries(members)
}

const resource = fc.constantFrom(...builtinResources)
const objects = resource.chain(({ type }) => nearTo(type).map((object) => ({ type, object: frozen(object) })))

describe('objects', () => {
  test('that are read are read again as they are, also by way of protobuf', () => {
    let read = 0
    fc.assert(
      fc.property(objects, ({ type, object }) => {
        const first = refusable(() => decode(type, object))
        if (!first) return
        read++
        const again = decode(type, parseJson(jsonText(first.object)))
        expect(jsonEqual(again.object, first.object)).toBe(true)
        expect(again.unknown).toEqual([])
        const back = decode(type, decodeMessage(type, encodeMessage(type, first.object)))
        const [sent, got] = [told(type, first.object), told(type, back.object)]
        expect(jsonEqual(got, sent), jsonText([type.name, sent, got])).toBe(true)
      }),
      runs,
    )
    expect(read).toBeGreaterThan(runs.numRuns / 10)
  })

  test('of protobuf with changed bytes are read or refused', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(objects, changes, fc.nat(), ({ type, object }, bytes, cut) => {
        const whole = refusable(() => encodeMessage(type, decode(type, object).object))
        if (!whole?.length) return
        const broken = Uint8Array.from(whole)
        for (const [at, byte] of bytes) broken[at % broken.length] = byte
        refusable(() => decodeMessage(type, broken))
        refusable(() => decodeMessage(type, broken.subarray(0, cut % broken.length)))
      }),
      runs,
    )
  })
})

describe('patches', () => {
  const pointer = fc
    .array(fc.constantFrom('metadata', 'spec', 'containers', '0', '-', 'labels', 'a', '__proto__', '~1', '~'), {
      maxLength: 4,
    })
    .map((parts) => parts.map((part) => `/${part}`).join(''))
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['op'] },
  )

  test('change a copy, and make JSON or are refused', () => {
    fc.assert(
      fc.property(
        objects,
        objects,
        fc.array(operation, { maxLength: 4 }),
        ({ type, object }, { object: other }, list) => {
          const before = JSON.stringify(object)
          for (const patch of [
            () => jsonPatch(object, frozen(list)),
            () => mergePatch(object, other),
            () => strategicMergePatch(type, object, other),
          ]) {
            const patched = refusable(patch)
            if (patched !== undefined) expect(parseJson(jsonText(patched) ?? 'null')).toBeDefined()
            expect(JSON.stringify(object)).toBe(before)
          }
          expect('polluted' in {}).toBe(false)
        },
      ),
      runs,
    )
  })

  test('a merge patch twice is a merge patch once, and one of nothing changes nothing', () => {
    fc.assert(
      fc.property(objects, objects, ({ object }, { object: patch }) => {
        const once = mergePatch(object, patch)
        expect(jsonEqual(mergePatch(once, patch), once)).toBe(true)
        expect(jsonEqual(mergePatch(object, {}), object)).toBe(true)
      }),
      runs,
    )
  })
})

describe('selectors', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'app.kubernetes.io/name',
      ',',
      '=',
      '==',
      '!=',
      '!',
      'in',
      'notin',
      '(',
      ')',
      '>',
      '<',
      '1',
      ' ',
    ),
    fc.string({ maxLength: 3 }),
  )
  const text = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(''))
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'app.kubernetes.io/name'), fc.constantFrom('', '1', 'a', 'b'))

  test('of labels mean the same when they are written and read again', () => {
    fc.assert(
      fc.property(text, labels, (written, given) => {
        const selector = refusable(() => parseLabelSelector(written))
        if (!selector) return
        const again = parseLabelSelector(selector.toString())
        expect(again.toString()).toBe(selector.toString())
        expect(again.matches(given)).toBe(selector.matches(given))
      }),
      runs,
    )
  })

  test('of fields, too', () => {
    fc.assert(
      fc.property(text, (written) => {
        const selector = refusable(() => parseFieldSelector(written))
        if (!selector) return
        const again = parseFieldSelector(selector.toString())
        expect(again.requirements).toEqual(selector.requirements)
      }),
      runs,
    )
  })
})

test('a path names one resource or none, and no name in it has a slash', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'api',
      'apis',
      'v1',
      'apps',
      'namespaces',
      'default',
      'pods',
      'watch',
      'proxy',
      '',
      '.',
      '..',
      '%2F',
      '%00',
      '%',
      '%zz',
    ),
    fc.string({ maxLength: 4 }),
    fc.string({ maxLength: 4 }).map(encodeURIComponent),
  )
  const prefix = fc.constantFrom('/api/v1/', '/apis/apps/v1/', '/')
  fc.assert(
    fc.property(prefix, fc.array(part, { maxLength: 8 }), (start, parts) => {
      const path = parseResourcePath(start + parts.join('/'))
      if (!path) return
      const { group, version, resource, namespace, name, subresource, rest } = path
      expect(resource).not.toBe('')
      for (const text of [group, version, resource, namespace, name, subresource]) expect(text ?? '').not.toContain('/')
      expect(namespace).not.toBe('')
      expect(rest?.startsWith('/') ?? true).toBe(true)
      if (rest !== undefined) expect(subresource).toBe('proxy')
    }),
    runs,
  )
})
