import { type ChannelCredentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js'
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader'

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
  bytes: Buffer
  'map<string,string>': Record<string, string>
}
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S
type Loose<T> = T extends string | number | boolean | null | Buffer
  ? T
  : T extends (infer E)[]
    ? Loose<E>[]
    : { [K in keyof T]?: Loose<T[K]> | undefined }

/** A gRPC client for one service of a schema. */
export function clientOf(schema: WireSchema, service: string, socket: string, credentials: ChannelCredentials) {
  let scope: unknown = loadPackageDefinition(definitionOf(schema))
  for (const part of [...schema.package.split('.'), service]) scope = (scope as Record<string, unknown>)[part]
  const Client = scope as ServiceClientConstructor
  const limit = 16 << 20
  return new Client(`unix:${socket}`, credentials, {
    'grpc.max_receive_message_length': limit,
    'grpc.max_send_message_length': limit,
    // Finds a restarted runtime at once, not after two minutes of back-off.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    // Clients with equal options would share one connection, and closing one would end the other's calls.
    'grpc.use_local_subchannel_pool': 1,
  })
}

/** A schema as gRPC's library wants it. */
export const definitionOf = (schema: WireSchema): PackageDefinition =>
  fromJSON(
    { nested: nest(schema.package.split('.'), protobufJson(schema)) },
    { longs: Number, enums: String, defaults: true },
  )

type Json = Record<string, object>

/** protobufjs' own JSON form. */
function protobufJson({ enums, messages, services }: WireSchema): Json {
  const json: Json = {}
  for (const [name, names] of Object.entries(enums))
    json[name] = { values: Object.fromEntries(names.map((value, number) => [value, number])) }
  for (const [name, fields] of Object.entries(messages))
    json[name] = {
      fields: Object.fromEntries(Object.entries(fields).map(([key, field]) => [camel(key), asField(field)])),
    }
  for (const [name, methods] of Object.entries(services))
    json[name] = { methods: Object.fromEntries(Object.entries(methods).map(([key, types]) => [key, asMethod(types)])) }
  return json
}

function asField([id, type]: readonly [number, string]) {
  if (type === 'map<string,string>') return { id, keyType: 'string', type: 'string' }
  const repeated = type.startsWith('repeated ')
  return { id, type: type.replace('repeated ', ''), ...(repeated && { rule: 'repeated' }) }
}

const asMethod = ([requestType, response]: readonly [string, string]) => ({
  requestType,
  responseType: response.replace('stream ', ''),
  ...(response.startsWith('stream ') && { responseStream: true }),
})

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

const nest = ([first, ...rest]: string[], inner: Json): Json =>
  first === undefined ? inner : { [first]: { nested: nest(rest, inner) } }
