import { createServer, type IncomingMessage } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { ApiError, internalError } from '../../../api/errors.ts'
import { type LocalKubelet, type LocalNodes, localConnector } from '../../connect/local.ts'
import type { KubeletConnector } from './kubelet-connector.ts'
import { refuse } from './upgrade.ts'

/** A connector that also takes over connections, for exec, attach and port-forward. */
export interface UpgradingKubelet extends LocalKubelet {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
}

/** As `localConnector`, for requests that take a connection over as well: that connection stays within the process. */
export function localKubeletConnector(
  nodes: LocalNodes<UpgradingKubelet>,
  elsewhere?: KubeletConnector,
): KubeletConnector {
  return {
    ...localConnector(nodes, elsewhere),
    async open(node) {
      const kubelet = nodes.kubelet(node.name)
      if (kubelet) return connectionTo(kubelet)
      if (!elsewhere) throw new Error('no route to host')
      return elsewhere.open(node)
    },
    async openPod(pod) {
      if (!elsewhere) throw new Error('connections to simulated pods cannot be taken over')
      return elsewhere.openPod(pod)
    },
    close: () => elsewhere?.close(),
  }
}

function connectionTo(kubelet: UpgradingKubelet): Duplex {
  const [ours, theirs] = duplexPair()
  const server = createServer((_, response) => response.writeHead(400).end())
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    kubelet
      .upgrade(request, socket, head)
      .catch((error: unknown) => refuse(socket, error instanceof ApiError ? error : internalError(error)))
  })
  server.emit('connection', theirs)
  return ours
}
