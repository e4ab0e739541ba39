import { sleep, systemClock } from '../api/clock.ts'
import { ApiError, serviceUnavailable, timeout } from '../api/errors.ts'
import { type Address, type Channel, openChannel, type Trust } from '../grpc/channel.ts'
import { type RequestOf, type ResponseOf, type Service, serviceOf, type TypedStream } from '../grpc/client.ts'
import { code, GrpcError } from '../grpc/status.ts'
import { type EtcdMessage, etcdSchema } from './etcd-schema.ts'

export type EtcdTls = Trust

type Schema = typeof etcdSchema
type Services = Schema['services']

export interface EtcdWatchSink {
  received(response: EtcdMessage<'WatchResponse'>): void
  ended(error: Error | undefined): void
}

/** Calls to one of several etcd members; if one does not answer, the next takes over. */
export interface EtcdClient {
  /**
   * Tries a read on each member. Sends a write once, to the first member with a connection: without an answer its outcome is
   * unknown, and the caller learns that.
   * @throws GrpcError with etcd's own words, ApiError 503 or 504 if no member answers.
   */
  call<N extends keyof Services, M extends keyof Services[N] & string>(
    service: N,
    method: M,
    request: RequestOf<Schema, N, M>,
    kind: 'read' | 'write',
  ): Promise<ResponseOf<Schema, N, M>>
  /** Opens a watch stream at the present member. */
  watch(sink: EtcdWatchSink): TypedStream<RequestOf<Schema, 'Watch', 'Watch'>>
  /** Passes on to the next member. */
  rotate(): void
  close(): void
}

/** Time for a connection to any of the members, and to one of several. */
const connectMs = 5000
const memberMs = 1000
const callMs = 15_000

export function etcdClient(endpoints: string[], tls: EtcdTls | undefined): EtcdClient {
  const members = endpoints.map((endpoint) => memberOf(addressOf(endpoint, tls)))
  const [first] = members
  if (!first) throw new TypeError('no etcd endpoint is given')
  let present = 0
  const member = () => members[present % members.length] ?? first
  const rotate = () => {
    present = (present + 1) % members.length
  }

  /** The first member with a connection, beginning with the present one. */
  async function ready(): Promise<Member> {
    const end = systemClock.now() + connectMs
    for (;;) {
      for (let tried = 0; tried < members.length; tried++) {
        const one = member()
        if (await one.channel.connected(Math.max(1, Math.min(end - systemClock.now(), memberMs)))) return one
        rotate()
      }
      if (systemClock.now() >= end) throw serviceUnavailable(`no etcd member answers (${endpoints.join(', ')})`)
      await sleep(systemClock, 50)
    }
  }

  return {
    async call(service, method, request, kind) {
      for (let tried = 1; ; tried++) {
        const { services } = await ready()
        try {
          const one = services[service] as unknown as Service<Schema, typeof service>
          return await one.call(method, request, { timeoutMs: callMs })
        } catch (error) {
          if (!(error instanceof GrpcError) || !isPassing(error)) throw error
          rotate()
          if (kind === 'write') throw unknownOutcome(error)
          if (tried > members.length) throw serviceUnavailable(`etcd does not answer: ${error.details}`)
          await sleep(systemClock, 50)
        }
      }
    },
    // The metadata makes a member that is cut off from the others end the stream instead of staying silent.
    watch: (sink) => member().services.Watch.stream('Watch', sink, { metadata: { hasleader: 'true' } }),
    rotate,
    close() {
      for (const { channel } of members) channel.close()
    },
  }
}

interface Member {
  channel: Channel
  services: { [N in keyof Services]: Service<Schema, N> }
}

function memberOf(address: Address): Member {
  const channel = openChannel(address, { keepAliveMs: 30_000 })
  const of = <N extends keyof Services>(name: N) => serviceOf(etcdSchema, name, channel)
  return { channel, services: { KV: of('KV'), Watch: of('Watch'), Lease: of('Lease'), Maintenance: of('Maintenance') } }
}

/** `https://10.0.0.1:2379`, `host:port`, `[::1]:2379`. */
function addressOf(endpoint: string, tls: EtcdTls | undefined): Address {
  const secure = endpoint.startsWith('https://') || (tls !== undefined && !endpoint.startsWith('http://'))
  const { hostname, port } = new URL(`http://${endpoint.replace(/^https?:\/\//, '')}`)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: port === '' ? (secure ? 443 : 80) : Number(port), ...(secure && { tls: { ...tls } }) }
}

/** Whether a retry on another member, or later, may succeed. */
const isPassing = (error: GrpcError): boolean =>
  error.code === code.unavailable || error.code === code.deadlineExceeded || error.code === code.cancelled

const unknownOutcome = (error: GrpcError): ApiError =>
  timeout(`etcd has not answered, whether the write has been made is not known: ${error.details}`)

/** The store's error for an error of etcd. */
export function etcdError(error: unknown): Error {
  if (!(error instanceof GrpcError)) return error instanceof Error ? error : new Error(String(error))
  if (isPassing(error)) return serviceUnavailable(`etcd does not answer: ${error.details}`)
  const isFull = error.code === code.resourceExhausted && error.details.includes('space')
  if (error.code === code.resourceExhausted && !isFull)
    return serviceUnavailable(`etcd has too much to do, the write has not been made: ${error.details}`)
  const what = isFull ? 'etcd is full, the write has not been made' : 'etcd refuses'
  return new ApiError(500, 'InternalError', `${what}: ${error.details}`)
}

/** etcd's two errors for unreadable revisions. */
export const isCompacted = (error: unknown): boolean =>
  error instanceof GrpcError && error.code === code.outOfRange && error.details.includes('compacted')
export const isFuture = (error: unknown): boolean =>
  error instanceof GrpcError && error.code === code.outOfRange && error.details.includes('future')
