import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import type { NodeAnswer, NodeConnector, NodeEndpoint, NodeRequest, PodEndpoint } from '../../connect/connector.ts'

export interface KubeletConnectorOptions {
  /** `--kubelet-client-certificate`, `--kubelet-client-key`: PEM. */
  cert: string
  key: string
  /** `--kubelet-certificate-authority`. Absent: kubelets' certificates are not verified, as upstream does by default. */
  ca?: string
}

export interface KubeletConnector extends NodeConnector {
  /** A connection of its own, for a request that takes it over. */
  open(node: NodeEndpoint): Promise<Duplex>
  /** The same to a pod's port. */
  openPod(pod: PodEndpoint): Promise<Duplex>
  close(): void
}

const connectMs = 10_000

/** Reaches kubelets over HTTPS with the server's client certificate. */
export function kubeletConnector({ cert, key, ca }: KubeletConnectorOptions): KubeletConnector {
  const tls = { cert, key, rejectUnauthorized: ca !== undefined, ...(ca !== undefined && { ca }) }
  const agent = new Agent({ ...tls, keepAlive: true })
  const pods = {
    http: { agent: new HttpAgent({ keepAlive: true }), send: httpRequest },
    https: { agent: new Agent({ keepAlive: true, rejectUnauthorized: false }), send: httpsRequest },
  }
  return {
    request: ({ host, port }, request) => send(httpsRequest, { agent, host, port }, request),
    requestPod({ scheme, host, port }, request) {
      const { agent, send: sender } = pods[scheme]
      return send(sender, { agent, host, port }, request)
    },
    open: ({ host, port }) => opened(connect({ host, port, ...tls, ALPNProtocols: ['http/1.1'] }), 'secureConnect'),
    openPod: ({ scheme, host, port }) =>
      scheme === 'https'
        ? opened(connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }), 'secureConnect')
        : opened(connectTcp({ host, port }), 'connect'),
    close() {
      for (const each of [agent, pods.http.agent, pods.https.agent]) each.destroy()
    },
  }
}

function opened<T extends Socket>(socket: T, event: 'connect' | 'secureConnect'): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(connectMs, () => socket.destroy(new Error('dialing timed out')))
    socket.once('error', reject)
    socket.once(event, () => {
      socket.setTimeout(0)
      socket.setNoDelay(true)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function send(
  sender: typeof httpRequest,
  { agent, host, port }: RequestOptions,
  { method, path, headers, body, signal }: NodeRequest,
): Promise<NodeAnswer> {
  return new Promise((resolve, reject) => {
    const sent = sender({ agent, host, port, method, path, headers, signal }, (answer: IncomingMessage) => {
      const plain = Object.entries(answer.headers).map(([name, value]) => [name, value ?? ''])
      resolve({ status: answer.statusCode ?? 502, headers: Object.fromEntries(plain), body: answer })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
