import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { ServiceAccounts, type ServiceAccountTokenProjection } from '../../api/core/v1/index.ts'
import type { Client } from '../../client/client.ts'
import type { KubePod } from '../pods/pod.ts'

/** Upstream's longest life of a token between rotations. */
const maxAgeMs = 24 * 3600_000

/** Tokens of service accounts bound to pods: asked for when needed, asked for again at 80 % of their life. */
export class Tokens {
  readonly #client: Client
  readonly #clock: Clock
  readonly #due: (podUid: string) => void
  readonly #tokens = new Map<string, { token: string; renewAt: number; cancel: () => void }>()

  /** `due` is called when a pod's token wants renewal. */
  constructor(client: Client, clock: Clock, due: (podUid: string) => void) {
    this.#client = client
    this.#clock = clock
    this.#due = due
  }

  /** A token good for at least a fifth of its life. While renewal fails, the old one as long as it lives. */
  async get(pod: KubePod, { audience, expirationSeconds = 3600 }: ServiceAccountTokenProjection): Promise<string> {
    const { uid, name, namespace } = pod.metadata
    const account = pod.spec.serviceAccountName || 'default'
    const key = `${uid}/${audience ?? ''}/${expirationSeconds}`
    const known = this.#tokens.get(key)
    if (known && this.#clock.now() < known.renewAt) return known.token
    const where = { name: account, ...(namespace !== undefined && { namespace }) }
    const asked = this.#clock.now()
    const answer = await this.#client.post<TokenRequest>(ServiceAccounts, where, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    })
    const { token = '', expirationTimestamp } = answer.status ?? {}
    const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : asked + expirationSeconds * 1000
    const renewAt = asked + Math.min((expires - asked) * 0.8, maxAgeMs)
    known?.cancel()
    const cancel = this.#clock.after(Math.max(renewAt - this.#clock.now(), 1000), () => this.#due(uid))
    this.#tokens.set(key, { token, renewAt, cancel })
    return token
  }

  forget(podUid: string): void {
    for (const [key, { cancel }] of this.#tokens) {
      if (!key.startsWith(`${podUid}/`)) continue
      cancel()
      this.#tokens.delete(key)
    }
  }
}
