import type { JsonObject, Message, Scalar, Type } from '../../src/api/machinery/schema/schema.ts'

/** An object of a type with every field set; types inside themselves to a depth of two. */
export function sampleOf(message: Message, within: readonly Message[] = []): JsonObject {
  const inner = [...within, message]
  const isTooDeep = within.filter((outer) => outer === message).length > 1
  if (isTooDeep) return {}
  const entries = Object.entries(message.fields).map(([name, field], i) => [name, sample(field.type, inner, i + 1)])
  return Object.fromEntries(entries)
}

function sample(type: Type, within: readonly Message[], n: number): unknown {
  switch (type.kind) {
    case 'message':
      return sampleOf(type, within)
    case 'list':
      return [sample(type.items, within, n), sample(type.items, within, n + 1)]
    case 'map':
      return { a: sample(type.values, within, n), ü: sample(type.values, within, n + 1) }
    case 'scalar':
      return scalar(type, n)
  }
}

function scalar({ name, definition = '' }: Scalar, n: number): unknown {
  if (definition.endsWith('OrBool')) return n % 2 === 0
  if (definition.endsWith('OrArray')) return n % 2 === 0 ? { type: 'x' } : [{ type: 'x' }, { type: 'y' }]
  if (definition.endsWith('OrStringArray')) return n % 2 === 0 ? { type: 'x' } : ['x', 'y']
  const values = {
    string: `text-${n}-ü`,
    bool: true,
    int32: n % 2 === 0 ? n : -n,
    int64: n * 2 ** 33,
    double: n + 0.25,
    bytes: btoa(`bytes-${n}`),
    quantity: `${n}500m`,
    intOrString: n % 2 === 0 ? n : `${n}%`,
    time: '2026-11-20T12:00:01Z',
    microTime: '2026-11-20T12:00:01.000123Z',
    json: { any: [n, null, 'x'] },
    object: { 'f:x': { n } },
  }
  return values[name]
}
