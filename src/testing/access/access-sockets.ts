import { createServer } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import type { ClientCertificate } from '../../apiserver/http/exchange.ts'
import { http1Exchange } from '../../apiserver/http/node/http1.ts'
import { localKubeletConnector } from '../../apiserver/http/node/local-connector.ts'
import { upgradeToKubelet } from '../../apiserver/http/node/upgrade.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'

/** Connections to a server within the process: for requests that take over their connection, such as exec. */
export interface Sockets {
  /** The client's end of a new connection. */
  connect(): Duplex
  close(): void
}

/** `server` over HTTP/1.1, which takes every client for the holder of `certificate`. */
export function socketsTo(server: ApiServer, nodes: LocalNodes<Kubelet>, certificate: ClientCertificate): Sockets {
  const open = new Set<Duplex>()
  const upgrade = upgradeToKubelet(server, localKubeletConnector(nodes))
  const http = createServer((request, response) => {
    const { req, res } = http1Exchange(request, response, certificate)
    server.handle(req, res)
  })
  http.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    upgrade(request, socket, head, certificate)
  })
  return {
    connect() {
      const [ours, theirs] = duplexPair()
      for (const end of [ours, theirs]) {
        open.add(end)
        end.once('close', () => open.delete(end))
      }
      http.emit('connection', theirs)
      return ours
    },
    close() {
      for (const end of open) end.destroy()
    },
  }
}
