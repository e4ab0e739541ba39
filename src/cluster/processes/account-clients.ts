import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { ServiceAccounts } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Client } from '../../client/client.ts'
import { type HttpClient, type HttpClientOptions, httpClient } from '../../client/node/http.ts'

export interface AccountClients {
  /** The client of a ServiceAccount of kube-system. Always the same one for a name. */
  of(account: string): Client
  close(): void
}

const namespace = 'kube-system'
const lifetimeSeconds = 3600

/**
 * Clients that act as ServiceAccounts of kube-system, each with its own rights: upstream's --use-service-account-credentials.
 * `manager` makes the accounts that are missing, and gets their tokens, which it renews after four fifths of their time.
 */
export function accountClients(manager: Client, connection: HttpClientOptions, clock: Clock): AccountClients {
  const { server, ca, caFile, insecureSkipTlsVerify, serverName, userAgent, fieldManager } = connection
  const bare = { server, ca, caFile, insecureSkipTlsVerify, serverName, userAgent, fieldManager }
  const present = Object.fromEntries(Object.entries(bare).filter(([, value]) => value !== undefined))
  const clients = new Map<string, HttpClient>()
  return {
    of(account) {
      let client = clients.get(account)
      if (!client) {
        client = httpClient({ ...present, server, bearer: tokensOf(manager, account, clock) })
        clients.set(account, client)
      }
      return client
    },
    close() {
      for (const client of clients.values()) client.close()
    },
  }
}

function tokensOf(manager: Client, name: string, clock: Clock): () => Promise<string> {
  let renewAt = 0
  let token: Promise<string> | undefined
  return () => {
    if (!token || clock.now() >= renewAt) {
      renewAt = clock.now() + lifetimeSeconds * 800
      token = request(manager, name)
      token.catch(() => {
        token = undefined
      })
    }
    return token
  }
}

async function request(manager: Client, name: string): Promise<string> {
  const spec = { expirationSeconds: lifetimeSeconds }
  const ask = () => manager.post<TokenRequest>(ServiceAccounts, { namespace, name }, 'token', { spec })
  const answer = await ask().catch(async (error: unknown) => {
    if (codeOf(error) !== 404) throw error
    await manager.create(ServiceAccounts, { metadata: { namespace, name } }).catch((failure: unknown) => {
      if (codeOf(failure) !== 409) throw failure
    })
    return ask()
  })
  return answer.status?.token ?? ''
}
