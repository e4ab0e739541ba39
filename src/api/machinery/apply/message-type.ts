import type { Field, Message, ScalarName, Type } from '../schema/schema.ts'
import { nameElement } from './element.ts'
import {
  anyValue,
  type FieldType,
  type ListType,
  type MapType,
  type NamedField,
  type ScalarType,
} from './field-type.ts'

/** The type of the objects of a message: of a built-in kind by its declaration, of a custom one by its schema too. */
export function fieldTypeOf(message: Message): FieldType {
  let type = known.get(message)
  if (!type) {
    type = { map: mapOf(message) }
    known.set(message, type)
  }
  return type
}

const known = new WeakMap<Message, FieldType>()

function mapOf(message: Message): MapType {
  let fields: ReadonlyMap<string, NamedField> | undefined
  return {
    isAtomic: message.isAtomic ?? false,
    get fields() {
      fields ??= fieldsOf(message)
      return fields
    },
    get others() {
      return message.structure?.fieldType.map?.others
    },
  }
}

function fieldsOf({ fields, structure }: Message): ReadonlyMap<string, NamedField> {
  const own = Object.entries(fields).map(([name, field]): [string, NamedField] => [name, namedField(name, field)])
  return new Map([...(structure?.fieldType.map?.fields ?? []), ...own])
}

function namedField(name: string, field: Field): NamedField {
  const type = typeOf(field.type, field)
  const zero = zeroOf(name, field)
  const keyDefault = typeof field.defaultValue === 'object' ? undefined : (field.defaultValue ?? scalarZero(field))
  return {
    element: nameElement(name),
    type,
    ...(keyDefault !== undefined && { keyDefault }),
    ...(zero !== undefined && { zero }),
  }
}

function typeOf(type: Type, field?: Field): FieldType {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.name]
    case 'message': {
      const whole = fieldTypeOf(type)
      return field?.mapType && whole.map ? { map: withRelation(whole.map, field.mapType === 'atomic') } : whole
    }
    case 'map':
      return { map: { isAtomic: field?.mapType === 'atomic', fields: none, others: typeOf(type.values) } }
    case 'list':
      return { list: listOf(type.items, field) }
  }
}

const none: ReadonlyMap<string, NamedField> = new Map()

const withRelation = (map: MapType, isAtomic: boolean): MapType => ({
  isAtomic,
  get fields() {
    return map.fields
  },
  others: undefined,
})

/** Old types say by their patch strategy what new ones say by their list type. */
function listOf(items: Type, { listType, listKeys, patchStrategy, patchMergeKey }: Partial<Field> = {}): ListType {
  const merges = listType === undefined && patchStrategy?.split(',').includes('merge')
  const keys = listKeys ?? (merges && patchMergeKey ? [patchMergeKey] : [])
  const by = keys.length > 0 ? 'keys' : listType === 'set' || merges ? 'value' : 'nothing'
  let type: FieldType | undefined
  return {
    by,
    keys,
    get items() {
      type ??= typeOf(items)
      return type
    },
  }
}

const ofScalar = (scalar: ScalarType): FieldType => ({ scalar })
const [text, number, untyped] = [ofScalar('string'), ofScalar('numeric'), ofScalar('untyped')]

const scalars: Record<ScalarName, FieldType> = {
  string: text,
  bytes: text,
  bool: ofScalar('boolean'),
  int32: number,
  int64: number,
  double: number,
  quantity: untyped,
  intOrString: untyped,
  time: untyped,
  microTime: untyped,
  json: anyValue,
  // RawExtension: an object of any kind, which has one owner.
  object: { ...anyValue, map: { isAtomic: true, fields: none, others: anyValue } },
}

/**
 * What Go's empty struct has in the place of a field: required fields are never left out, and structs that it holds by
 * value are not either. So their first content does not count as the field's own coming.
 */
function zeroOf(name: string, field: Field): unknown {
  const { type, isRequired, isByValue } = field
  if (type.kind === 'scalar') return scalarZero(field)
  if (isRequired || isByValue || (type.kind === 'message' && heldByValue.has(name)))
    return type.kind === 'list' ? [] : {}
  return undefined
}

const heldByValue = new Set(['metadata', 'spec', 'status'])

function scalarZero({ type, isRequired }: Field): unknown {
  if (!isRequired || type.kind !== 'scalar') return undefined
  return zeros[type.name]
}

const zeros: Partial<Record<ScalarName, unknown>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: '',
}
