import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import { ServiceAccounts, type ServiceAccountTokenProjection } from '../../api/core/v1/index.ts'
import type { Client } from '../../client/client.ts'
import type { KubePod } from '../pod.ts'

/** Upstream's longest life of a token between rotations. */
const maxAgeMs = 24 * 3600_000
/** Wait after a failed renewal. */
const retryMs = 30_000

interface Known {
  token: string
  renewAt: number
  /** Milliseconds since 1970, as all times here. */
  expires: number
  cancel: () => void
}

/** Service account tokens bound to pods: requests them on demand, and again at 80 % of their life. */
export class Tokens {
  readonly #client: Client
  readonly #clock: Clock
  readonly #due: (podUid: string) => void
  readonly #tokens = new Map<string, Known>()

  /** Calls `due` when a pod's token needs renewal. */
  constructor(client: Client, clock: Clock, due: (podUid: string) => void) {
    this.#client = client
    this.#clock = clock
    this.#due = due
  }

  /** A token valid for at least a fifth of its life. While renewal fails, the old one as long as it is valid. */
  async get(pod: KubePod, wanted: ServiceAccountTokenProjection): Promise<string> {
    const { uid } = pod.metadata
    const key = `${uid}/${wanted.audience ?? ''}/${wanted.expirationSeconds ?? ''}`
    const known = this.#tokens.get(key)
    if (known && this.#clock.now() < known.renewAt) return known.token
    try {
      const { token, expires, renewAt } = await this.#ask(pod, wanted)
      this.#keep(uid, key, { token, expires, renewAt })
      return token
    } catch (error) {
      if (!known || this.#clock.now() >= known.expires) throw error
      this.#keep(uid, key, { ...known, renewAt: this.#clock.now() + retryMs })
      return known.token
    }
  }

  #keep(uid: string, key: string, next: Omit<Known, 'cancel'>): void {
    this.#tokens.get(key)?.cancel()
    const cancel = this.#clock.after(Math.max(next.renewAt - this.#clock.now(), 1000), () => this.#due(uid))
    this.#tokens.set(key, { ...next, cancel })
  }

  async #ask(
    pod: KubePod,
    { audience, expirationSeconds = 3600 }: ServiceAccountTokenProjection,
  ): Promise<Omit<Known, 'cancel'>> {
    const { uid, name, namespace } = pod.metadata
    const account = pod.spec.serviceAccountName || 'default'
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
    return { token, expires, renewAt: asked + Math.min((expires - asked) * 0.8, maxAgeMs) }
  }

  forget(podUid: string): void {
    for (const [key, { cancel }] of this.#tokens) {
      if (!key.startsWith(`${podUid}/`)) continue
      cancel()
      this.#tokens.delete(key)
    }
  }
}
