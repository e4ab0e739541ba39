import { fromJSON, type PackageDefinition } from '@grpc/proto-loader'
import { camel, type WireSchema } from '../../../src/grpc/schema.ts'

/** A schema as gRPC's own library wants it: tests play the server with that, so that not only we understand our client. */
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

const asMethod = ([request, response]: readonly [string, string]) => ({
  requestType: request.replace('stream ', ''),
  responseType: response.replace('stream ', ''),
  ...(request.startsWith('stream ') && { requestStream: true }),
  ...(response.startsWith('stream ') && { responseStream: true }),
})

const nest = ([first, ...rest]: string[], inner: Json): Json =>
  first === undefined ? inner : { [first]: { nested: nest(rest, inner) } }
