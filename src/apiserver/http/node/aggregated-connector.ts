import { Agent, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import type { AggregatedConnector, AggregatedTarget } from '../../aggregation/connector.ts'
import { dialError } from './dial-error.ts'

export interface NodeAggregatedConnector extends AggregatedConnector {
  /** A connection of its own, for a request that takes it over. */
  open(target: AggregatedTarget): Promise<Duplex>
  close(): void
}

const connectMs = 10_000

/** Reaches aggregated API servers over HTTPS. `client`: the front proxy's certificate, PEM. */
export function aggregatedConnector(client?: { cert: string; key: string }): NodeAggregatedConnector {
  const agent = new Agent({ keepAlive: true })
  const tlsOf = ({ serverName, ca, insecure }: AggregatedTarget): ConnectionOptions => ({
    servername: serverName,
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
    ...client,
  })
  return {
    request(target, { method, path, headers, body, signal }) {
      const { host, port } = target
      return new Promise((resolve, reject) => {
        const sent = request({ agent, host, port, method, path, headers, signal, ...tlsOf(target) }, (answer) => {
          const plain = Object.entries(answer.headers).map(([name, value]) => [name, value ?? ''])
          resolve({ status: answer.statusCode ?? 502, headers: Object.fromEntries(plain), body: answer })
        })
        sent.on('error', (error) => reject(new Error(dialError(error, target), { cause: error })))
        sent.end(body)
      })
    },
    open(target) {
      const { host, port } = target
      const socket = connect({ host, port, ALPNProtocols: ['http/1.1'], ...tlsOf(target) })
      return new Promise((resolve, reject) => {
        const fail = (error: Error) => reject(new Error(dialError(error, target), { cause: error }))
        socket.setTimeout(connectMs, () => socket.destroy(new Error('dialing timed out')))
        socket.once('error', fail)
        socket.once('secureConnect', () => {
          socket.setTimeout(0)
          socket.setNoDelay(true)
          socket.off('error', fail)
          resolve(socket)
        })
      })
    },
    close: () => agent.destroy(),
  }
}
