import { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { badRequest } from '../../errors.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { type PathStep, pathText } from '../../path.ts'
import { type Lost, lostByParsing } from '../json/json.ts'
import { setMember } from '../json/set-member.ts'
import type { Field, Message, ScalarName, StructureReader, Type } from '../schema/schema.ts'
import { decodeScalar, isPlainObject, Mismatch, zeroOf } from './decode-scalar.ts'

/** A mistake in a body that fieldValidation refuses, warns of or ignores. */
export interface FieldIssue {
  /** `spec.containers[0].imag` */
  path: string
  /** `unknown field "spec.containers[0].imag"` */
  message: string
}

export interface Decoded<T> {
  /** Of the declared fields only; see `decode`. Shares nothing mutable with the input. */
  object: T
  unknown: FieldIssue[]
  duplicates: FieldIssue[]
}

export interface DecodeOptions {
  /** The JSON text, to find what parsing loses. */
  text?: string
  /** Of a value that was not parsed as it is, such as a patched one: how its floats were written, by path. */
  floats?: ReadonlyMap<string, string>
}

/**
 * Parsed JSON as an object of a type, as Go's decoder takes it: nulls and, where zero is no value of its own, empty
 * strings, zeros, lists and maps are left out; unknown fields are left out and reported; quantities and times take their
 * canonical form. Top-level metadata, spec and status are there (`{}`) where the kind has them.
 * @throws ApiError 400 for a value of the wrong type, in the words of Go's decoder.
 */
export function decode<T>(type: Message<T>, value: unknown, options: DecodeOptions = {}): Decoded<T> {
  const { duplicates, floats } = options.text === undefined ? untold : lostByParsing(options.text, value)
  const state: State = { path: [], unknown: [], floats: floats ?? options.floats }
  const object = compile(type)(value, state) as Record<string, unknown>
  for (const name of alwaysThere(type)) object[name] ??= {}
  return {
    object: object as T,
    unknown: state.unknown,
    duplicates: duplicates.map((path) => ({ path, message: `duplicate field "${path}"` })),
  }
}

/**
 * The error of a body that is not of its kind: `Pod in version "v1" cannot be handled as a Pod: <why>`.
 * `why` is the message of what `decode` threw, or `strict decoding error: ` and the issues.
 */
export function cannotBeHandled(type: Message, why: string) {
  const { group = '', version = '', kind = type.name } = type.gvk ?? {}
  const apiVersion = group ? `${group}/${version}` : version
  return badRequest(`${kind} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a ${kind}: ${why}`)
}

const untold: Lost = { duplicates: [] }

interface State {
  readonly path: PathStep[]
  readonly unknown: FieldIssue[]
  readonly floats: ReadonlyMap<string, string> | undefined
}

/** Answers undefined for what is left out. */
type Decoder = (value: unknown, state: State) => unknown

const compiled = new WeakMap<Message, Decoder>()
/** Upstream reports no more than so many. */
const maxIssues = 100

function compile(message: Message): Decoder {
  const known = compiled.get(message)
  if (known) return known
  /** Filled on first use, since messages can contain themselves. */
  let fields: Map<string, Decoder> | undefined
  const decoder: Decoder = (value, state) => {
    fields ??= new Map(Object.entries(message.fields).map(([name, field]) => [name, fieldDecoder(message, field)]))
    if (!isPlainObject(value)) throw mismatch(message, value, state)
    const result: Record<string, unknown> = {}
    const { path } = state
    const { structure } = message
    let rest: Record<string, unknown> | undefined
    for (const name in value) {
      const given = value[name]
      path.push(name)
      const field = fields.get(name)
      if (field) {
        const decoded = given === null ? undefined : field(given, state)
        if (decoded !== undefined) result[name] = decoded
      } else if (structure) {
        rest ??= {}
        setMember(rest, name, given)
      } else unknownField(state)
      path.pop()
    }
    return rest && structure ? { ...result, ...structure.prune(rest, readerOf(state)) } : result
  }
  compiled.set(message, decoder)
  return decoder
}

function unknownField({ path, unknown }: State): void {
  if (unknown.length >= maxIssues) return
  const at = pathText(path)
  unknown.push({ path: at, message: `unknown field "${at}"` })
}

/** Reads on by a structural schema. */
const readerOf = (state: State): StructureReader => ({
  path: state.path,
  unknown: () => unknownField(state),
  metadata(value) {
    try {
      return value === null ? value : compile(ObjectMeta)(value, state)
    } catch (error) {
      throw error instanceof Mismatch ? inField(error, ObjectMeta, state) : error
    }
  },
})

/** A field's decoder, which leaves out what is nothing and names the field in errors. */
function fieldDecoder(owner: Message, field: Field): Decoder {
  const inner = typeDecoder(field.type)
  const keepsZero = field.isRequired || field.isExplicit
  const isZero = field.type.kind === 'scalar' ? zeroTest(field.type.name) : isEmpty
  const omits = !keepsZero && field.type.kind !== 'message'
  return (value, state) => {
    try {
      const decoded = inner(value, state)
      return omits && isZero(decoded) ? undefined : decoded
    } catch (error) {
      throw error instanceof Mismatch ? inField(error, owner, state) : error
    }
  }
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : typeof value === 'object' && value !== null && !hasKeys(value)

function hasKeys(value: object): boolean {
  for (const _ in value) return true
  return false
}

/** Quantities, times and free-form values are structs in Go: their zero is kept. */
function zeroTest(scalar: string): (value: unknown) => boolean {
  const zero = { string: '', bool: false, int32: 0, int64: 0, double: 0, bytes: '' }[scalar]
  return zero === undefined ? () => false : (value) => value === zero
}

function typeDecoder(type: Type): Decoder {
  switch (type.kind) {
    case 'scalar': {
      const scalar = decodeScalar[type.name]
      if (type.name === 'json' && holdsSchema.test(type.definition ?? '')) return schemaDecoder
      const goInteger = goIntegers[type.name]
      return goInteger ? integerDecoder(scalar, goInteger) : (value) => scalar(value)
    }
    case 'message':
      return compile(type)
    case 'list':
      return listDecoder(type.items)
    case 'map':
      return mapDecoder(type.values)
  }
}

const goIntegers: Partial<Record<ScalarName, string>> = { int32: 'int32', int64: 'int64', intOrString: 'int32' }

/** Go reads an integer only if it is written as one: not 3.0. */
function integerDecoder(scalar: (value: unknown) => unknown, goType: string): Decoder {
  return (value, { path, floats }) => {
    const source = floats?.get(pathText(path))
    if (source !== undefined) throw new Mismatch(value, goType, { what: `number ${source}` })
    return scalar(value)
  }
}

/** Members of a JSON schema that hold a schema, several, or something simpler. */
const holdsSchema = /\.JSONSchemaPropsOr\w+$/

function schemaDecoder(value: unknown, state: State): unknown {
  if (isPlainObject(value)) return compile(JSONSchemaProps)(value, state)
  if (Array.isArray(value)) return value.map((item: unknown) => schemaDecoder(item, state))
  return value
}

function listDecoder(items: Type): Decoder {
  const item = typeDecoder(items)
  const goType = `[]${goTypeOf(items)}`
  return (value, state) => {
    if (!Array.isArray(value)) throw new Mismatch(value, goType)
    const { path } = state
    return value.map((element: unknown, i) => {
      path.push(i)
      const decoded = element === null ? zeroOf(items) : item(element, state)
      path.pop()
      return decoded
    })
  }
}

function mapDecoder(values: Type): Decoder {
  const item = typeDecoder(values)
  const goType = `map[string]${goTypeOf(values)}`
  return (value, state) => {
    if (!isPlainObject(value)) throw new Mismatch(value, goType)
    const result: Record<string, unknown> = {}
    const { path } = state
    for (const [key, element] of Object.entries(value)) {
      path.push(key)
      const decoded = element === null ? zeroOf(values) : item(element, state)
      setMember(result, key, decoded)
      path.pop()
    }
    return result
  }
}

const goScalars: Record<string, string> = {
  double: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  object: 'runtime.RawExtension',
  json: 'interface {}',
}

/** What Go calls a type in error texts. */
function goTypeOf(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return goScalars[type.name] ?? type.name
    case 'message':
      return `${type.definition.split('.').at(-2) ?? 'v1'}.${type.name}`
    case 'list':
      return `[]${goTypeOf(type.items)}`
    case 'map':
      return `map[string]${goTypeOf(type.values)}`
  }
}

function mismatch(message: Message, value: unknown, state: State): Error {
  const error = new Mismatch(value, goTypeOf(message))
  return state.path.length === 0 ? badRequest(error.message) : error
}

/** `json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool` */
function inField(error: Mismatch, owner: Message, { path }: State): Error {
  if (!error.goType) return badRequest(error.message)
  const names = path.filter((step) => typeof step === 'string').join('.')
  return badRequest(
    `json: cannot unmarshal ${error.what} into Go struct field ${owner.name}.${names} of type ${error.goType}`,
  )
}

const parts = new WeakMap<Message, string[]>()

function alwaysThere(type: Message): string[] {
  let names = parts.get(type)
  if (!names) {
    names = type.gvk ? ['metadata', 'spec', 'status'].filter((name) => type.fields[name]?.type.kind === 'message') : []
    parts.set(type, names)
  }
  return names
}
