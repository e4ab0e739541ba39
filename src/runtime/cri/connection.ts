import { openChannel } from '../../grpc/channel.ts'
import { type ResponseOf, serviceOf } from '../../grpc/client.ts'
import type { Request, WireSchema } from '../../grpc/schema.ts'
import { code, GrpcError } from '../../grpc/status.ts'
import { RuntimeError } from '../runtime.ts'

/** One gRPC service on a Unix socket, with the types of its schema. */
export interface Connection<S extends WireSchema, N extends keyof S['services']> {
  /** One call. `timeoutMs` 0: as long as it takes. Fails with a `RuntimeError`. */
  call<M extends keyof S['services'][N] & string>(
    method: M,
    request: Request<S, S['services'][N][M][0]>,
    timeoutMs?: number,
  ): Promise<ResponseOf<S, N, M>>
  /** A server's stream. Calls `ended` once, for any reason. The returned function cancels. */
  stream<M extends keyof S['services'][N] & string>(
    method: M,
    request: Request<S, S['services'][N][M][0]>,
    received: (message: ResponseOf<S, N, M>) => void,
    ended: (error: RuntimeError) => void,
    metadata?: Record<string, string>,
  ): () => void
  close(): void
}

/** Upstream's default for runtime requests. */
const defaultTimeoutMs = 120_000

export function connect<S extends WireSchema, N extends keyof S['services'] & string>(
  schema: S,
  name: N,
  socket: string,
): Connection<S, N> {
  const channel = openChannel({ socket })
  const service = serviceOf(schema, name, channel)
  return {
    async call(method, request, timeoutMs = defaultTimeoutMs) {
      try {
        return await service.call(method, request as never, { timeoutMs })
      } catch (error) {
        throw runtimeError(error)
      }
    },
    stream(method, request, received, ended, metadata) {
      const end = (error: Error | undefined) =>
        ended(error ? runtimeError(error) : new RuntimeError('Unavailable', 'the stream ended'))
      const stream = service.stream(method, { received, ended: end }, metadata && { metadata })
      stream.send(request as never)
      stream.finish()
      return () => stream.cancel()
    },
    close: () => channel.close(),
  }
}

const codes: { [code: number]: RuntimeError['code'] } = {
  [code.notFound]: 'NotFound',
  [code.alreadyExists]: 'AlreadyExists',
  [code.deadlineExceeded]: 'DeadlineExceeded',
  [code.unavailable]: 'Unavailable',
  [code.unimplemented]: 'Unimplemented',
}

function runtimeError(error: unknown): RuntimeError {
  if (error instanceof GrpcError) return new RuntimeError(codes[error.code] ?? 'Unknown', error.details)
  return new RuntimeError('Unknown', error instanceof Error ? error.message : String(error))
}
