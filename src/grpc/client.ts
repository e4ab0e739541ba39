import type { CallOptions, Channel, Stream } from './channel.ts'
import { type Codec, codecOf } from './codec.ts'
import type { Message, Request, WireSchema } from './schema.ts'
import { code, GrpcError } from './status.ts'

type Methods<S extends WireSchema, N extends keyof S['services']> = keyof S['services'][N] & string
type Unstreamed<T> = T extends `stream ${infer M}` ? M : T

/** What a method takes and answers; of a stream, each message. */
export type RequestOf<S extends WireSchema, N extends keyof S['services'], M extends Methods<S, N>> = Request<
  S,
  Unstreamed<S['services'][N][M][0]>
>
export type ResponseOf<S extends WireSchema, N extends keyof S['services'], M extends Methods<S, N>> = Message<
  S,
  Unstreamed<S['services'][N][M][1]>
>

/** A service of a schema, behind a channel. */
export interface Service<S extends WireSchema, N extends keyof S['services']> {
  /** One request, one response. @throws GrpcError */
  call<M extends Methods<S, N>>(
    method: M,
    request: RequestOf<S, N, M>,
    options?: CallOptions,
  ): Promise<ResponseOf<S, N, M>>
  /** Opens a stream both ways. `ended` is called once, unless the stream is cancelled before. */
  stream<M extends Methods<S, N>>(
    method: M,
    sink: { received(response: ResponseOf<S, N, M>): void; ended(error: Error | undefined): void },
    options?: CallOptions,
  ): TypedStream<RequestOf<S, N, M>>
}

export interface TypedStream<R> extends Omit<Stream, 'send'> {
  send(request: R): void
}

interface Method {
  path: string
  request: Codec
  response: Codec
}

export function serviceOf<S extends WireSchema, N extends keyof S['services'] & string>(
  schema: S,
  name: N,
  channel: Channel,
): Service<S, N> {
  const methods = new Map<string, Method>()
  const methodOf = (method: string): Method => {
    let known = methods.get(method)
    if (!known) {
      const [request = '', response = ''] = schema.services[name]?.[method] ?? []
      known = {
        path: `/${schema.package}.${name}/${method}`,
        request: codecOf(schema, request.replace('stream ', '')),
        response: codecOf(schema, response.replace('stream ', '')),
      }
      methods.set(method, known)
    }
    return known
  }
  // The codecs and the types come from the same schema.
  return {
    async call(method, request, options) {
      const { path, request: encoder, response: decoder } = methodOf(method)
      return decoded(decoder, await channel.call(path, encoder.encode(request), options)) as never
    },
    stream(method, sink, options) {
      const { path, request: encoder, response: decoder } = methodOf(method)
      const received = (message: Uint8Array) => sink.received(decoded(decoder, message) as never)
      const stream = channel.stream(path, { received, ended: (error) => sink.ended(error) }, options)
      return { ...stream, send: (request) => stream.send(encoder.encode(request)) }
    },
  }
}

function decoded(codec: Codec, message: Uint8Array): object {
  try {
    return codec.decode(message)
  } catch (error) {
    throw new GrpcError(
      code.internal,
      `the server's message is malformed: ${error instanceof Error ? error.message : error}`,
    )
  }
}
