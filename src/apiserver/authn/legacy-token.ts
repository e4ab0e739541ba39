import type { UserInfo } from '../../api/call.ts'
import { Secrets, ServiceAccounts } from '../../api/core/v1/index.ts'
import { serviceUnavailable } from '../../api/errors.ts'
import type { Objects } from '../definition.ts'
import { accountUser } from './account-user.ts'
import type { Annotate } from './authenticator.ts'
import { sameSecret } from './same-secret.ts'
import type { Claims, TokenService } from './token-claims.ts'

/** The issuer of tokens that are kept in Secrets and never expire. */
export const legacyIssuer = 'kubernetes/serviceaccount'

const claim = (name: string) => `kubernetes.io/serviceaccount/${name}`
const lastUsed = 'kubernetes.io/legacy-token-last-used'
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'

/** The user of a token that is kept in a Secret. It is valid as long as the Secret holds it. @throws Error when it is not */
export async function legacyTokenUser(
  service: TokenService,
  token: string,
  claims: Claims,
  annotate?: Annotate,
): Promise<UserInfo> {
  const [namespace, name, uid, secretName] = [
    'namespace',
    'service-account.name',
    'service-account.uid',
    'secret.name',
  ].map((part) => stringClaim(claims, part)) as [string, string, string, string]
  if (claims.sub !== `system:serviceaccount:${namespace}:${name}`) throw new Error('sub claim is invalid')
  const user = accountUser(namespace, name, uid)
  annotate?.('authentication.k8s.io/legacy-token', user.name)
  if (!service.looksUp) return user
  const objects = service.objects()
  if (!objects) throw serviceUnavailable('the server is starting')
  const secret = await objects.get(Secrets, { namespace, name: secretName })
  if (!secret || secret.metadata.deletionTimestamp) throw new Error('Token has been invalidated')
  const kept = new TextDecoder().decode(Uint8Array.fromBase64(secret.data?.token ?? ''))
  if (!sameSecret(kept, token)) throw new Error("Token does not match server's copy")
  const account = await objects.get(ServiceAccounts, { namespace, name })
  if (!account || account.metadata.deletionTimestamp)
    throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`)
  if (account.metadata.uid !== uid)
    throw new Error(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`)
  const labels = secret.metadata.labels ?? {}
  if (labels[invalidSince]) {
    annotate?.('authentication.k8s.io/legacy-token-invalidated', `${secretName}/${namespace}`)
    throw new Error(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSince}' label from the secret to temporarily allow use of this token`,
    )
  }
  await recordUse(objects, { namespace, name: secretName }, labels[lastUsed], service.clock.now())
  return user
}

function stringClaim(claims: Claims, part: string): string {
  const value = claims[claim(part)]
  if (typeof value !== 'string' || value === '') throw new Error(`${part} claim is missing`)
  return value
}

/** Notes the day of the last use in a label, so that the administrator can find tokens that nobody uses. */
async function recordUse(
  objects: Objects,
  at: { namespace: string; name: string },
  noted: string | undefined,
  now: number,
): Promise<void> {
  const today = new Date(now).toISOString().slice(0, 10)
  if (noted === today) return
  await objects
    .update(Secrets, at, (secret) => {
      const { labels } = secret.metadata
      return labels?.[lastUsed] === today
        ? secret
        : { ...secret, metadata: { ...secret.metadata, labels: { ...labels, [lastUsed]: today } } }
    })
    // A use that could not be noted is no reason to refuse the token.
    .catch(() => {})
}
