import { systemClock } from '../../src/api/clock.ts'
import { silentLog } from '../../src/api/log.ts'
import { systemRandom } from '../../src/api/random.ts'
import { type KubeApiServer, type KubeApiServerOptions, kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import type { Client } from '../../src/client/client.ts'
import { localClient } from '../../src/client/local.ts'
import { memoryStore } from '../../src/store/memory.ts'

export interface AuthorizedServer extends AsyncDisposable {
  server: KubeApiServer
  /** Of the group system:masters. */
  admin: Client
  /** Anybody else, who may do what the server's authorization lets him. */
  as(name: string, ...groups: string[]): Client
  /** A ServiceAccount: `namespace/name`. */
  asAccount(account: string): Client
}

/** A server on a memory store without a transport: for tests of rights. */
export async function authorizedServer(options: Partial<KubeApiServerOptions> = {}): Promise<AuthorizedServer> {
  const clock = options.clock ?? systemClock
  const store = options.store ?? memoryStore({ clock })
  const server = kubeApiServer({ random: systemRandom, log: silentLog, ...options, clock, store })
  await server.started
  const as = (name: string, ...groups: string[]) =>
    localClient(server, { name, groups: [...groups, 'system:authenticated'] })
  return {
    server,
    admin: as('kubernetes-admin', 'system:masters'),
    as,
    asAccount(account) {
      const [namespace = '', name = ''] = account.split('/')
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      return as(`system:serviceaccount:${namespace}:${name}`, ...groups)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await store.close()
    },
  }
}
