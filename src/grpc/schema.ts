/** A protobuf package as data. A field is `[number, type]`, an enum its names from 0, a method `[request, response]`. */
export interface WireSchema {
  package: string
  enums: Record<string, readonly string[]>
  messages: Record<string, Record<string, readonly [number, string]>>
  services: Record<string, Record<string, readonly [string, string]>>
}

/** What `M` of schema `S` is in TypeScript: camelCase members, enums by name, int64 as number, absent messages null. */
export type Message<S extends WireSchema, M> = M extends keyof S['messages']
  ? { [F in keyof S['messages'][M] as Camel<F & string>]: Field<S, S['messages'][M][F][1]> }
  : never
/** The same for sending: every member is optional. */
export type Request<S extends WireSchema, M> = Loose<Message<S, M>>

type Field<S extends WireSchema, T> = T extends `repeated ${infer E}`
  ? Value<S, E>[]
  : T extends keyof S['messages']
    ? Message<S, T> | null
    : Value<S, T>
type Value<S extends WireSchema, T> = T extends keyof Scalars
  ? Scalars[T]
  : T extends keyof S['enums']
    ? S['enums'][T][number]
    : Message<S, T>
interface Scalars {
  string: string
  bool: boolean
  int32: number
  uint32: number
  int64: number
  uint64: number
  bytes: Uint8Array
  'map<string,string>': Record<string, string>
}
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S
type Loose<T> = T extends string | number | boolean | null | Uint8Array
  ? T
  : T extends (infer E)[]
    ? Loose<E>[]
    : { [K in keyof T]?: Loose<T[K]> | undefined }

/** The name of a field in TypeScript. */
export const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
