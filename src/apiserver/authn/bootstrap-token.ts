import type { Clock } from '../../api/clock.ts'
import { type Secret, Secrets } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Objects } from '../definition.ts'
import type { TokenAuthenticator } from './authenticator.ts'
import { sameSecret } from './same-secret.ts'

const namespace = 'kube-system'
const everyone = 'system:bootstrappers'
const groupName = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/**
 * Tokens by which new machines join (`--enable-bootstrap-token-auth`): `ID.SECRET`, kept in Secrets of the type
 * bootstrap.kubernetes.io/token in kube-system.
 */
export const bootstrapTokens =
  (objects: () => Objects | undefined, clock: Clock): TokenAuthenticator =>
  async (token) => {
    const [, id, secretPart] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? []
    if (id === undefined || secretPart === undefined) return undefined
    const secret = await objects()?.get(Secrets, { namespace, name: `bootstrap-token-${id}` })
    if (!secret || secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token')
      return undefined
    const value = (key: string) => textOf(secret, key)
    if (!sameSecret(value('token-secret'), secretPart) || value('token-id') !== id) return undefined
    if (hasExpired(value('expiration'), clock.now()) || value('usage-bootstrap-authentication') !== 'true')
      return undefined
    const extra = value('auth-extra-groups')
      .split(',')
      .filter((group) => group !== '')
    if (!extra.every((group) => groupName.test(group))) return undefined
    const groups = [...new Set([everyone, ...extra])].sort()
    return { user: { name: `system:bootstrap:${id}`, groups } }
  }

function textOf({ data = {} }: Stored<Secret>, key: string): string {
  const value = data[key]
  return value === undefined ? '' : new TextDecoder().decode(Uint8Array.fromBase64(value))
}

/** A time that cannot be read is one that has passed. */
const hasExpired = (expiration: string, now: number): boolean =>
  expiration !== '' && !(Date.parse(expiration) > now && /^\d{4}-\d\d-\d\dT/.test(expiration))
