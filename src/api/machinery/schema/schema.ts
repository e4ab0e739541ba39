/**
 * The schema language: each API type is declared once, and out of that one value come its static TypeScript type,
 * strict decoding, defaulting, merge semantics, OpenAPI and the protobuf codec.
 *
 *     export const ContainerPort = core.message('ContainerPort', 'A port of a container.', {
 *       name: string(1, 'To refer to the port by.'),
 *       containerPort: int32(3).required(),
 *       protocol: string(4).default('TCP'),
 *     })
 *     export interface ContainerPort extends TypeOf<typeof ContainerPort> {}
 *
 * The texts are for `kubectl explain` and can be left out. The number of a field is its protobuf number. Go's embedded
 * structs are nested in protobuf and inline in JSON: `embed`.
 */
import type { FieldError } from '../../errors.ts'
import type { PathStep } from '../../path.ts'
import type { FieldType } from '../apply/field-type.ts'

/** What a JSON value can be: a leaf, a list, a map with string keys, or a message with named fields. */
export type Type<T = unknown> = Scalar<T> | ListType<T> | MapType<T> | Message<T>

/** Carries a static type through a value; never present at run time. */
interface Typed<T> {
  readonly '~type'?: T
}

export type ScalarName =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  /** base64 in JSON, bytes in protobuf */
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  /** RFC 3339 with whole seconds */
  | 'time'
  /** RFC 3339 with six decimals */
  | 'microTime'
  /** any JSON value */
  | 'json'
  /** any JSON object: RawExtension, FieldsV1 */
  | 'object'

export interface Scalar<T = unknown> extends Typed<T> {
  readonly kind: 'scalar'
  readonly name: ScalarName
  /** The name of its OpenAPI definition, for scalars that have one. */
  readonly definition?: string
  readonly description?: string
}

export interface ListType<T = unknown> extends Typed<T> {
  readonly kind: 'list'
  readonly items: Type
}

export interface MapType<T = unknown> extends Typed<T> {
  readonly kind: 'map'
  readonly values: Type
}

/** A type with named fields. `definition` is its full OpenAPI name, e.g. `io.k8s.api.core.v1.Pod`. */
export interface Message<T = unknown> extends Typed<T> {
  readonly kind: 'message'
  readonly name: string
  readonly definition: string
  readonly fields: Fields
  /** Set on types that are sent on their own (Pod, PodList, Status), and so carry apiVersion and kind. */
  readonly gvk?: GroupVersionKind
  /** Server-side apply replaces it as a whole (`x-kubernetes-map-type: atomic`). */
  readonly isAtomic?: boolean
  /** A sentence or two for `kubectl explain`. */
  readonly description?: string
  /** Set on custom resources: their fields besides type and metadata, which no declaration has. */
  readonly structure?: Structure
}

/** How the server reads, fills in and checks objects of a custom resource: a compiled structural schema. */
export interface Structure {
  /** A copy of the fields that the schema knows. */
  prune(fields: Record<string, unknown>, reader: StructureReader): Record<string, unknown>
  /** Sets defaults, in place; returns whether it set any. */
  fill(object: Record<string, unknown>): boolean
  /** How server-side apply divides the fields that the schema knows. */
  readonly fieldType: FieldType
  /** `old`: the object before an update. Errors that it already has may stay. */
  validate(object: Record<string, unknown>, old?: Record<string, unknown>): FieldError[]
}

/** What a structure needs of the decoder around it. */
export interface StructureReader {
  /** Where it is at present; kept by the structure. */
  readonly path: PathStep[]
  /** Reports an unknown field at the present path. */
  unknown(): void
  /** The metadata of an object inside the object. */
  metadata(value: unknown): unknown
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export type Fields = { readonly [name: string]: Field }
export type ListSemantics = 'atomic' | 'set' | 'map'
export type PatchStrategy = 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys'

interface FieldProps {
  readonly number: number
  readonly type: Type
  readonly isRequired?: boolean
  readonly defaultValue?: unknown
  readonly values?: readonly string[]
  readonly listType?: ListSemantics
  readonly listKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  readonly patchStrategy?: PatchStrategy
  readonly patchMergeKey?: string
  readonly isExplicit?: boolean
  readonly isByValue?: boolean
  /** A sentence or two for `kubectl explain`. */
  readonly description?: string
  readonly isWrapped?: boolean
  /** Protobuf numbers of the embedded structs around this field, outermost first. */
  readonly path?: readonly number[]
}

/** One field of a message. Immutable: each refinement gives a new field. */
export class Field<T = unknown, Required extends boolean = boolean> implements FieldProps {
  declare readonly '~type'?: T
  declare readonly '~required'?: Required
  declare readonly number: number
  declare readonly type: Type
  declare readonly isRequired?: boolean
  declare readonly defaultValue?: unknown
  declare readonly values?: readonly string[]
  declare readonly listType?: ListSemantics
  declare readonly listKeys?: readonly string[]
  declare readonly mapType?: 'atomic' | 'granular'
  declare readonly patchStrategy?: PatchStrategy
  declare readonly patchMergeKey?: string
  declare readonly isExplicit?: boolean
  declare readonly isByValue?: boolean
  declare readonly description?: string
  declare readonly isWrapped?: boolean
  declare readonly path?: readonly number[]

  constructor(props: FieldProps, more?: Partial<FieldProps>) {
    Object.assign(this, props, more)
  }

  /** The API reference lists it under `required`. */
  required(): Field<T, true> {
    return new Field(this, { isRequired: true })
  }

  /**
   * Absent and zero (`''`, 0, false) are two things; of other optional fields a zero is the same as no value, and so is
   * not kept.
   */
  explicit(): Field<T, Required> {
    return new Field(this, { isExplicit: true })
  }

  /**
   * A message that Go holds by value, so that an object always has it, empty or not: server-side apply does not track
   * that it is there. Holds of `metadata`, `spec`, `status` and all required fields anyway.
   */
  byValue(): Field<T, Required> {
    return new Field(this, { isByValue: true })
  }

  /** What an absent value becomes in a write. Defaults that depend on other fields: `defaults`. */
  default(defaultValue: T): Field<T, Required> {
    return new Field(this, { defaultValue })
  }

  /**
   * The only values allowed (checked on write). The static type suggests them and stays open, since versions add more.
   */
  oneOf<const V extends string>(...values: V[]): Field<V | (string & {}), Required> {
    return new Field(this, { values })
  }

  /** A list that in protobuf is a message of its own, with the items in its field 1. Lists in maps always are. */
  wrapped(): Field<T, Required> {
    return new Field(this, { isWrapped: true })
  }

  /** A list that server-side apply replaces as a whole. */
  atomic(): Field<T, Required> {
    return this.type.kind === 'map' ? new Field(this, { mapType: 'atomic' }) : new Field(this, { listType: 'atomic' })
  }

  /** A map whose keys have owners of their own (`x-kubernetes-map-type: granular`). */
  granular(): Field<T, Required> {
    return new Field(this, { mapType: 'granular' })
  }

  /** A list of unique scalars (`x-kubernetes-list-type: set`). */
  set(): Field<T, Required> {
    return new Field(this, { listType: 'set' })
  }

  /** A list of objects told apart by these keys (`x-kubernetes-list-type: map`). */
  map(...listKeys: string[]): Field<T, Required> {
    return new Field(this, { listType: 'map', listKeys })
  }

  /** How a strategic merge patch treats it (`x-kubernetes-patch-strategy`, `-patch-merge-key`). */
  patch(patchStrategy: PatchStrategy, patchMergeKey?: string): Field<T, Required> {
    return new Field(this, { patchStrategy, patchMergeKey })
  }
}

/** The static type of a message, scalar or field builder. */
export type TypeOf<X> = X extends Typed<infer T> ? T : X extends { readonly type: Typed<infer T> } ? T : never

type RequiredKeys<F> = { [K in keyof F]: F[K] extends Field<infer _T, true> ? K : never }[keyof F]
type FieldValue<F> = F extends Field<infer T, infer _R> ? T : never
/** The object type that a set of fields describes. */
export type ObjectOf<F> = { -readonly [K in RequiredKeys<F>]: FieldValue<F[K]> } & {
  -readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: FieldValue<F[K]>
}

/** A function that makes a field of a scalar type, and stands for the type itself as an element type. */
export interface ScalarBuilder<T> {
  (number: number, description?: string): Field<T, false>
  readonly type: Scalar<T>
}

function scalar<T>(name: ScalarName, definition?: string, about?: string): ScalarBuilder<T> {
  const type: Scalar<T> = {
    kind: 'scalar',
    name,
    ...(definition && { definition }),
    ...(about && { description: about }),
  }
  return Object.assign((number: number, description?: string) => field<T>(number, type, description), { type })
}

/** Any JSON value. */
export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export const string = scalar<string>('string')
export const bool = scalar<boolean>('bool')
export const int32 = scalar<number>('int32')
/** A value beyond 2^53 is a bigint, which the static type does not say: what calculates takes `Number(value)` of it. */
export const int64 = scalar<number>('int64')
export const double = scalar<number>('double')
/** Base64 text. */
export const bytes = scalar<string>('bytes')
export const quantity = scalar<string>(
  'quantity',
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'An amount: a number with a suffix, of thousands (m, k, M, G, T, P, E) or of 1024 (Ki, Mi, Gi, Ti, Pi, Ei).',
)
export const intOrString = scalar<number | string>(
  'intOrString',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'A number or a text: a port by number or name, a count or a percentage.',
)
export const time = scalar<string>(
  'time',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  'A point in time, RFC 3339, to the second.',
)
export const microTime = scalar<string>(
  'microTime',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  'A point in time, RFC 3339, to the microsecond.',
)
export const rawExtension = scalar<JsonObject>('object', 'io.k8s.apimachinery.pkg.runtime.RawExtension')
export const fieldsV1 = scalar<JsonObject>('object', 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1')
/** A scalar with an OpenAPI definition of its own that takes any JSON value. */
export const json = <T>(definition: string): ScalarBuilder<T> => scalar<T>('json', definition)

type Element<T> = Message<T> | ScalarBuilder<T> | ListType<T>
const typeOf = <T>(element: Element<T>): Type<T> => ('type' in element ? element.type : element)

const field = <T>(number: number, type: Type, description?: string): Field<T, false> =>
  new Field({ number, type }, description ? { description } : undefined)

/** A field that holds one message. */
export function ref<T>(number: number, type: Message<T>, description?: string): Field<T, false> {
  return field(number, type, description)
}

/** A field that holds a list. */
export function list<T>(number: number, items: Element<T>, description?: string): Field<T[], false> {
  return field(number, listOf(items), description)
}

/** A list as an element type, for maps of lists. */
export function listOf<T>(items: Element<T>): ListType<T[]> {
  return { kind: 'list', items: typeOf(items) }
}

/** A field that holds a map with string keys. */
export function map<T>(number: number, values: Element<T>, description?: string): Field<Record<string, T>, false> {
  return field(number, { kind: 'map', values: typeOf(values) }, description)
}

/** The fields of `message`, inline in JSON, nested in field `number` in protobuf. */
export function embed<T, F extends Fields>(number: number, message: Message<T> & { fields: F }): F {
  const fields: Record<string, Field> = {}
  for (const [name, field] of Object.entries(message.fields)) {
    fields[name] = new Field(field, { path: [number, ...(field.path ?? [])] })
  }
  return fields as F
}

/** apiVersion and kind are in the JSON of every type that is sent on its own; in protobuf they are in the envelope. */
const typeMeta = { apiVersion: string(0), kind: string(0) }
type TypeMeta = typeof typeMeta

declare const builtIn: unique symbol
/** Marks the static types of declared kinds: objects as the server stores them always have a spec and a status. */
export interface BuiltIn {
  readonly [builtIn]?: never
}

/** Makes the messages of one Go package; `prefix` is the start of their OpenAPI names. */
export function declarations(prefix: string, group: string, version: string) {
  const definition = (name: string) => `${prefix}.${name}`
  function parts<F extends Fields>(name: string, [first, second]: Declaration<F>) {
    const base = { kind: 'message', name, definition: definition(name) } as const
    return second ? { ...base, fields: second, description: first as string } : { ...base, fields: first as F }
  }
  return {
    /** A type that only occurs inside others. */
    message<F extends Fields>(name: string, ...declaration: Declaration<F>): Declared<ObjectOf<F>, F> {
      return parts(name, declaration)
    },
    /** A type that only occurs inside others, and that server-side apply replaces as a whole. */
    atomicMessage<F extends Fields>(name: string, ...declaration: Declaration<F>): Declared<ObjectOf<F>, F> {
      return { ...parts(name, declaration), isAtomic: true }
    },
    /** A type that is sent on its own and carries apiVersion and kind. */
    kind<F extends Fields>(
      name: string,
      ...declaration: Declaration<F>
    ): Declared<ObjectOf<F & TypeMeta> & BuiltIn, F & TypeMeta> {
      const own = parts(name, declaration)
      return { ...own, fields: { ...typeMeta, ...own.fields }, gvk: { group, version, kind: name } }
    },
    /** A type that contains itself; its static type is written out by hand. */
    recursive<T>(name: string, fields: (self: Message<T>) => Fields): Message<T> {
      const self = { kind: 'message', name, definition: definition(name), fields: {} } as const
      Object.assign(self.fields, fields(self))
      return self
    },
    /** The full OpenAPI name of a type of this package. */
    definition,
  }
}

/** A sentence or two for `kubectl explain`, where there is something to say, and the fields. */
type Declaration<F extends Fields> = [fields: F] | [description: string, fields: F]

/** A message whose fields are statically known, so that others can embed it. */
export type Declared<T, F extends Fields> = Message<T> & { readonly fields: F }
