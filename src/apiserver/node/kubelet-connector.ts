import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import type { NodeAnswer, NodeConnector, NodeEndpoint, NodeRequest } from '../connect/connector.ts'

export interface KubeletConnectorOptions {
  /** `--kubelet-client-certificate`, `--kubelet-client-key`: PEM. */
  cert: string
  key: string
  /** `--kubelet-certificate-authority`. Absent: kubelets' certificates are not verified, as upstream does by default. */
  ca?: string
}

export interface KubeletConnector extends NodeConnector {
  /** A TLS connection of its own, for a request that takes it over. */
  open(node: NodeEndpoint): Promise<TLSSocket>
  close(): void
}

const connectMs = 10_000

/** Reaches kubelets over HTTPS with the server's client certificate. */
export function kubeletConnector({ cert, key, ca }: KubeletConnectorOptions): KubeletConnector {
  const tls = { cert, key, rejectUnauthorized: ca !== undefined, ...(ca !== undefined && { ca }) }
  const agent = new Agent({ ...tls, keepAlive: true })
  return {
    request: (node, request) => send(agent, node, request),
    open: ({ host, port }) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, ...tls, ALPNProtocols: ['http/1.1'] })
        socket.setTimeout(connectMs, () => socket.destroy(new Error(`dialing ${host}:${port} timed out`)))
        socket.once('error', reject)
        socket.once('secureConnect', () => {
          socket.setTimeout(0)
          socket.setNoDelay(true)
          socket.off('error', reject)
          resolve(socket)
        })
      }),
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, { host, port }: NodeEndpoint, request: NodeRequest): Promise<NodeAnswer> {
  const { method, path, headers, body, signal } = request
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ agent, host, port, method, path, headers, signal }, (answer: IncomingMessage) => {
      const plain = Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')])
      resolve({ status: answer.statusCode ?? 502, headers: Object.fromEntries(plain), body: answer })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
