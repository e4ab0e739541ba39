import { nextTurn } from '../../api/turn.ts'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import { needsNode } from '../../client/node-only.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import type { Port } from './access-port.ts'
import type { Audience } from './audience.ts'
import {
  type Access,
  type ClientNodeConfig,
  certificateOf,
  type Identity,
  type KubeConfigOptions,
  loadInProcess,
} from './client-node.ts'
import { dispatcherTo } from './dispatcher.ts'

export interface OpenAccess extends Access {
  close(): Promise<void>
}

/** Opens `server` to programs; opens a port on demand. */
export function accessTo(server: ApiServer, nodes: LocalNodes<Kubelet>, audience: Audience): OpenAccess {
  const toClose = new Set<{ close(): void }>()
  let port: Promise<Port> | undefined

  const open = (what: string): Promise<Port> => {
    needsNode(what)
    audience.open()
    port ??= import('./access-port.ts').then(({ openPort }) => openPort(server, nodes, audience.stir))
    return port
  }
  async function kubeConfig(first: ClientNodeConfig | Identity = {}, options: KubeConfigOptions = {}) {
    if (!('loadFromOptions' in first)) return (await open('kubeConfig()')).kubeConfig(first)
    if (options.port) first.loadFromOptions(await (await open('kubeConfig()')).kubeConfig(options))
    else loadHere(first, options)
    return first
  }
  function loadHere(config: ClientNodeConfig, as: Identity): void {
    needsNode('kubeConfig()')
    const certificate = certificateOf(as)
    const dispatcher = dispatcherTo(server.handle, certificate)
    toClose.add(dispatcher)
    loadInProcess(config, dispatcher, async () => {
      const { socketsTo } = await import('./access-sockets.ts')
      const sockets = socketsTo(server, nodes, certificate)
      toClose.add(sockets)
      return sockets.connect
    })
  }
  return {
    kubeConfig: kubeConfig as Access['kubeConfig'],
    kubeconfigFile: async (as) => (await open('kubeconfigFile()')).kubeconfigFile(as),
    async close() {
      for (const open of toClose) open.close()
      await (await port)?.close()
      // Clients react to closed connections, and sockets release their handles, one turn later.
      if (toClose.size > 0 || port) for (let turn = 0; turn < 2; turn++) await nextTurn()
    },
  }
}
