import { decodeJwt, errors, jwtVerify } from 'jose'
import type { UserInfo } from '../../api/call.ts'
import { Nodes, Pods, Secrets, ServiceAccounts } from '../../api/core/v1/index.ts'
import { serviceUnavailable } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { ObjectName } from '../../api/object.ts'
import type { Claims, Reference, TokenService } from './token-claims.ts'

/** The token's user, if the token is for one of `audiences` (none: the server's own). */
export type Verify = (
  token: string,
  audiences: readonly string[],
) => Promise<{ user: UserInfo; audiences: string[] } | undefined>

/** Tokens stay valid this long after the deletion of their account or pod began, to finish its work. */
const graceMs = 60_000
const maxCached = 5000

/** Verifies tokens. Checks signatures once, and the existence of account and pod every time. */
export function tokenVerifier(service: TokenService): Verify {
  const { issuer, audiences: own, clock, keys } = service
  const verified = new Map<string, Claims>()

  async function verify(token: string, audiences: readonly string[]): ReturnType<Verify> {
    const claims = await claimsOf(token)
    if (!claims) return undefined
    const now = clock.now() / 1000
    if ((claims.exp ?? 0) <= now || (claims.nbf ?? 0) > now) return undefined
    const wanted = audiences.length > 0 ? audiences : own
    const given = [claims.aud ?? []].flat()
    const shared = wanted.filter((audience) => given.includes(audience))
    if (shared.length === 0) return undefined
    const user = await userOf(service, claims)
    return user && { user, audiences: [...shared] }
  }

  async function claimsOf(token: string): Promise<Claims | undefined> {
    const known = verified.get(token)
    if (known) return known
    try {
      if (decodeJwt(token).iss !== issuer) return undefined
      const { payload } = await jwtVerify<Claims>(token, (header) => keys.verifying(header.kid), {
        issuer,
        currentDate: new Date(clock.now()),
      })
      const [oldest] = verified.keys()
      if (verified.size >= maxCached && oldest !== undefined) verified.delete(oldest)
      verified.set(token, payload)
      return payload
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
      throw error
    }
  }

  return verify
}

async function userOf(service: TokenService, { 'kubernetes.io': claims, jti }: Claims): Promise<UserInfo | undefined> {
  if (!claims) return undefined
  const { namespace, serviceaccount: account, pod, node, secret } = claims
  const alive =
    (await isThere(service, ServiceAccounts, account, namespace)) &&
    (!pod || (await isThere(service, Pods, pod, namespace))) &&
    (!secret || (await isThere(service, Secrets, secret, namespace))) &&
    (!node || pod || (await isThere(service, Nodes, node)))
  if (!alive) return undefined
  const extra: Record<string, string[]> = {}
  const tell = (name: string, value: string | undefined) => {
    if (value) extra[`authentication.kubernetes.io/${name}`] = [value]
  }
  tell('credential-id', jti && `JTI=${jti}`)
  tell('node-name', node?.name)
  tell('node-uid', node?.uid)
  tell('pod-name', pod?.name)
  tell('pod-uid', pod?.uid)
  return {
    name: `system:serviceaccount:${namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra,
  }
}

async function isThere<T>(
  { objects, clock }: TokenService,
  type: ResourceType<T>,
  { name, uid }: Reference,
  namespace?: string,
): Promise<boolean> {
  const present = objects()
  if (!present) throw serviceUnavailable('the server is starting')
  const at: ObjectName = namespace === undefined ? { name } : { namespace, name }
  const metadata = (await present.get(type, at))?.metadata
  if (metadata?.uid !== uid) return false
  return !metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) + graceMs > clock.now()
}
