import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import {
  Client,
  type ClientDuplexStream,
  connectivityState,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { sleep, systemClock } from '../api/clock.ts'
import { ApiError, serviceUnavailable, timeout } from '../api/errors.ts'
import { type Calls, descriptor, type WatchRequest, type WatchResponse, watchPath } from './etcd-proto.ts'

export interface EtcdTls {
  /** PEM. Default: the system's authorities. */
  ca?: Buffer
  /** The store's client certificate and key, PEM, both or none. */
  cert?: Buffer
  key?: Buffer
}

/** Calls to one of several etcd members; if one does not answer, the next takes over. */
export interface EtcdClient {
  /**
   * Tries a read on each member. Sends a write once, to the first member with a connection: without an answer its outcome is
   * unknown, and the caller learns that.
   * @throws etcd's ServiceError, ApiError 503 or 504 if no member answers.
   */
  call<P extends keyof Calls>(path: P, request: Calls[P][0], kind: 'read' | 'write'): Promise<Calls[P][1]>
  /** Opens a watch stream at the present member. */
  watch(): ClientDuplexStream<WatchRequest, WatchResponse>
  /** Passes on to the next member. */
  rotate(): void
  close(): void
}

/** Time for a connection to any of the members, and to one of several. */
const connectMs = 5000
const memberMs = 1000
const callMs = 15_000

const methods = new Map<string, MethodDefinition<object, object>>()
for (const service of Object.values(
  fromJSON(descriptor, { longs: Number, enums: Number, defaults: true, arrays: true, oneofs: false }),
)) {
  if ('format' in service) continue
  for (const method of Object.values(service)) methods.set(method.path, method)
}

export function etcdClient(endpoints: string[], tls: EtcdTls | undefined): EtcdClient {
  const members = endpoints.map((endpoint) => connect(endpoint, tls))
  if (members.length === 0) throw new TypeError('no etcd endpoint is given')
  let present = 0
  const member = () => members[present % members.length] ?? connect('', tls)
  const rotate = () => {
    present = (present + 1) % members.length
  }

  /** The first member with a connection, beginning with the present one. */
  async function ready(): Promise<Client> {
    const end = systemClock.now() + connectMs
    for (;;) {
      for (let tried = 0; tried < members.length; tried++) {
        const client = member()
        if (await connected(client, Math.min(end, systemClock.now() + memberMs))) return client
        rotate()
      }
      if (systemClock.now() >= end) throw serviceUnavailable(`no etcd member answers (${endpoints.join(', ')})`)
      await sleep(systemClock, 50)
    }
  }

  return {
    async call(path, request, kind) {
      for (let tried = 1; ; tried++) {
        const client = await ready()
        try {
          return await unary(client, path, request, systemClock.now() + callMs)
        } catch (error) {
          if (!isServiceError(error) || !isPassing(error)) throw error
          rotate()
          if (kind === 'write') throw unknownOutcome(error)
          if (tried > members.length) throw serviceUnavailable(`etcd does not answer: ${error.details}`)
          await sleep(systemClock, 50)
        }
      }
    },
    watch() {
      const method = methodOf<WatchRequest, WatchResponse>(watchPath)
      const metadata = new Metadata()
      // Makes a member that is cut off from the others end the stream instead of staying silent.
      metadata.set('hasleader', 'true')
      return member().makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, metadata)
    },
    rotate,
    close() {
      for (const client of members) client.close()
    },
  }
}

/** Whether the connection succeeds; false as soon as it fails. */
function connected(client: Client, deadline: number): Promise<boolean> {
  const channel = client.getChannel()
  return new Promise((resolve) => {
    const look = (error?: Error) => {
      const state = error ? connectivityState.TRANSIENT_FAILURE : channel.getConnectivityState(true)
      if (state === connectivityState.READY) resolve(true)
      else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) resolve(false)
      else channel.watchConnectivityState(state, deadline, look)
    }
    look()
  })
}

function connect(endpoint: string, tls: EtcdTls | undefined): Client {
  const secure = endpoint.startsWith('https://') || (tls !== undefined && !endpoint.startsWith('http://'))
  const target = endpoint.replace(/^https?:\/\//, '').replace(/\/$/, '')
  const host = target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  // TLS has no server name for an address, and Node refuses one; it still checks the certificate against the address.
  const byAddress = isIP(host) !== 0
  const trust = secure
    ? credentials.createSsl(tls?.ca ?? null, tls?.key ?? null, tls?.cert ?? null, {
        checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
      })
    : credentials.createInsecure()
  return new Client(target, trust, {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 3000,
    'grpc.service_config_disable_resolution': 1,
    // Stores of one process do not share a connection: closing one would close the other's.
    'grpc.use_local_subchannel_pool': 1,
    ...(secure && byAddress && { 'grpc.ssl_target_name_override': 'etcd' }),
  })
}

function unary<P extends keyof Calls>(
  client: Client,
  path: P,
  request: Calls[P][0],
  deadline: number,
): Promise<Calls[P][1]> {
  const { requestSerialize, responseDeserialize } = methodOf<Calls[P][0], Calls[P][1]>(path)
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, response) => {
      if (error || !response) reject(error ?? new Error('etcd has sent no response'))
      else resolve(response)
    })
  })
}

/** The table of methods is built from the descriptor, of which the types in etcd-proto.ts are the other half. */
function methodOf<Request, Response>(path: string): MethodDefinition<Request, Response> {
  const method = methods.get(path)
  if (!method) throw new TypeError(`etcd has no method ${path}`)
  return method as unknown as MethodDefinition<Request, Response>
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'details' in error

/** Whether a retry on another member, or later, may succeed. */
const isPassing = ({ code }: ServiceError): boolean =>
  code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED

const unknownOutcome = (error: ServiceError): ApiError =>
  timeout(`etcd has not answered, whether the write has been made is not known: ${error.details}`)

/** The store's error for an error of etcd. */
export function etcdError(error: unknown): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error))
  if (isPassing(error)) return serviceUnavailable(`etcd does not answer: ${error.details}`)
  const what = error.code === status.RESOURCE_EXHAUSTED ? 'etcd is full, the write has not been made' : 'etcd refuses'
  return new ApiError(500, 'InternalError', `${what}: ${error.details}`)
}

/** etcd's two errors for unreadable revisions. */
export const isCompacted = (error: unknown): boolean =>
  isServiceError(error) && error.code === status.OUT_OF_RANGE && error.details.includes('compacted')
export const isFuture = (error: unknown): boolean =>
  isServiceError(error) && error.code === status.OUT_OF_RANGE && error.details.includes('future')
