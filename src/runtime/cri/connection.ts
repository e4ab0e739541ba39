import {
  type Client,
  type ClientReadableStream,
  credentials,
  type Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { RuntimeError } from '../runtime.ts'
import { clientOf, type Message, type Request, type WireSchema } from './wire.ts'

/** One gRPC service on a Unix socket, with the types of its schema. */
export interface Connection<S extends WireSchema, N extends keyof S['services']> {
  /** One call. `timeoutMs` 0: as long as it takes. Fails with a `RuntimeError`. */
  call<M extends keyof S['services'][N] & string>(
    method: M,
    request: Request<S, S['services'][N][M][0]>,
    timeoutMs?: number,
  ): Promise<Message<S, S['services'][N][M][1]>>
  /** A server's stream. Calls `ended` once, for any reason. The returned function cancels. */
  stream<M extends keyof S['services'][N] & string>(
    method: M,
    request: Request<S, S['services'][N][M][0]>,
    received: (message: Message<S, Streamed<S['services'][N][M][1]>>) => void,
    ended: (error: RuntimeError) => void,
    metadata?: Metadata,
  ): () => void
  close(): void
}
type Streamed<T> = T extends `stream ${infer M}` ? M : never

/** Upstream's default for runtime requests. */
const defaultTimeoutMs = 120_000

type Unary = (
  this: Client,
  request: unknown,
  options: object,
  done: (e: ServiceError | null, r: unknown) => void,
) => void
type Streaming = (this: Client, request: unknown, metadata?: Metadata) => ClientReadableStream<unknown>

export function connect<S extends WireSchema, N extends keyof S['services'] & string>(
  schema: S,
  service: N,
  socket: string,
): Connection<S, N> {
  const client = clientOf(schema, service, socket, credentials.createInsecure())
  return {
    call: (method, request, timeoutMs = defaultTimeoutMs) =>
      new Promise((resolve, reject) => {
        // gRPC wants an absolute deadline, on the machine's own clock.
        const options = timeoutMs > 0 ? { deadline: new Date(Date.now() + timeoutMs) } : {}
        const rpc = client[method] as Unary
        rpc.call(client, request, options, (error, response) => {
          if (error) reject(runtimeError(error))
          // The codec was built from the same schema as the type.
          else resolve(response as never)
        })
      }),
    stream(method, request, received, ended, metadata) {
      const rpc = client[method] as Streaming
      const stream = rpc.call(client, request, metadata)
      let over = false
      const end = (error: RuntimeError) => {
        if (over) return
        over = true
        ended(error)
      }
      stream.on('data', received)
      stream.on('error', (error: ServiceError) => end(runtimeError(error)))
      stream.on('end', () => end(new RuntimeError('Unavailable', 'the stream ended')))
      return () => {
        over = true
        stream.cancel()
      }
    },
    close: () => client.close(),
  }
}

const codes: { [code: number]: RuntimeError['code'] } = {
  [status.NOT_FOUND]: 'NotFound',
  [status.ALREADY_EXISTS]: 'AlreadyExists',
  [status.DEADLINE_EXCEEDED]: 'DeadlineExceeded',
  [status.UNAVAILABLE]: 'Unavailable',
  [status.UNIMPLEMENTED]: 'Unimplemented',
}

const runtimeError = (error: ServiceError) =>
  new RuntimeError(codes[error.code] ?? 'Unknown', error.details || error.message)
