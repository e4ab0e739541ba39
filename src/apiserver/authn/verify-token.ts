import { decodeJwt, errors, jwtVerify } from 'jose'
import type { UserInfo } from '../../api/call.ts'
import { Nodes, Pods, Secrets, ServiceAccounts } from '../../api/core/v1/index.ts'
import { serviceUnavailable } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { ObjectName } from '../../api/object.ts'
import { accountUser } from './account-user.ts'
import type { Annotate, Found, TokenAuthenticator } from './authenticator.ts'
import { legacyIssuer, legacyTokenUser } from './legacy-token.ts'
import type { Claims, Reference, TokenService } from './token-claims.ts'

/** Tokens stay valid this long after the deletion of their account or pod began, to finish its work. */
const graceMs = 60_000
/** Clocks of several servers may differ by so much. */
const leewaySeconds = 60
/** A longer token is not one of ours. */
const maxTokenLength = 64 * 1024
const maxCached = 5000

/** The algorithms of the keys that a server can have. Symmetric ones and `none` are not among them. */
const signatureAlgorithms = ['RS256', 'ES256', 'ES384', 'ES512']

/** Verifies ServiceAccount tokens. Checks signatures once, and the existence of account and pod every time. */
export function tokenVerifier(service: TokenService): TokenAuthenticator {
  const { issuers, clock, keys } = service
  const verified = new Map<string, Claims>()

  async function verify(token: string, audiences: readonly string[], annotate?: Annotate): Promise<Found | undefined> {
    const claims = await claimsOf(token)
    if (!claims) return undefined
    if (claims.iss === legacyIssuer) return legacyFound(token, claims, audiences, annotate)
    const now = clock.now() / 1000
    if ((claims.exp ?? 0) + leewaySeconds <= now) throw new Error('service account token has expired')
    if ((claims.nbf ?? 0) - leewaySeconds > now) throw new Error('service account token is not valid yet')
    const given = [claims.aud ?? []].flat()
    const shared = audiences.filter((audience) => given.includes(audience))
    if (shared.length === 0) throw new Error('token audiences is invalid for the target audiences')
    const user = await userOf(service, claims)
    const threshold = claims['kubernetes.io']?.warnafter
    if (threshold !== undefined && now > threshold) {
      const late = Math.floor(now) - threshold
      annotate?.(
        'authentication.k8s.io/stale-token',
        `subject: ${claims.sub}, seconds after warning threshold: ${late}`,
      )
    }
    return { user, audiences: shared }
  }

  async function legacyFound(token: string, claims: Claims, audiences: readonly string[], annotate?: Annotate) {
    // Legacy tokens name no audience: they are for this server.
    const shared = audiences.filter((audience) => service.audiences.includes(audience))
    if (shared.length === 0) return undefined
    return { user: await legacyTokenUser(service, token, claims, annotate), audiences: shared }
  }

  async function claimsOf(token: string): Promise<Claims | undefined> {
    const known = verified.get(token)
    if (known) return known
    if (token.length > maxTokenLength) return undefined
    let issuer: string | undefined
    try {
      issuer = decodeJwt(token).iss
    } catch {
      return undefined
    }
    if (issuer === undefined || (issuer !== legacyIssuer && !issuers.includes(issuer))) return undefined
    const claims = await signedClaims(token)
    const [oldest] = verified.keys()
    if (verified.size >= maxCached && oldest !== undefined) verified.delete(oldest)
    verified.set(token, claims)
    return claims
  }

  /** The claims, if one of the keys signed them: that of the token's `kid`, or else any. */
  async function signedClaims(token: string): Promise<Claims> {
    const options = {
      algorithms: signatureAlgorithms,
      currentDate: new Date(0),
      clockTolerance: Number.MAX_SAFE_INTEGER,
    }
    let problem: unknown
    for (const key of await keys.candidates(token)) {
      try {
        return (await jwtVerify<Claims>(token, key, options)).payload
      } catch (error) {
        if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error
        problem = error
      }
    }
    throw new Error(`invalid signature: ${problem instanceof Error ? problem.message : 'no key fits'}`)
  }

  return verify
}

async function userOf(service: TokenService, { 'kubernetes.io': claims, jti }: Claims): Promise<UserInfo> {
  if (!claims) throw new Error('service account token has no claims of Kubernetes')
  const { namespace, serviceaccount: account, pod, node, secret } = claims
  const bound: [ResourceType, Reference | undefined, string?][] = [
    [ServiceAccounts, account, namespace],
    [Pods, pod, namespace],
    [Secrets, secret, namespace],
    // The node of a pod only tells where it runs.
    [Nodes, pod ? undefined : node],
  ]
  for (const [type, reference, within] of bound)
    if (reference && !(await isThere(service, type, reference, within)))
      throw new Error(`service account token has been invalidated: no ${type.resource} "${reference.name}"`)
  const extra: Record<string, string[]> = {}
  const tell = (name: string, value: string | undefined) => {
    if (value) extra[`authentication.kubernetes.io/${name}`] = [value]
  }
  tell('credential-id', jti && `JTI=${jti}`)
  tell('node-name', node?.name)
  tell('node-uid', node?.uid)
  tell('pod-name', pod?.name)
  tell('pod-uid', pod?.uid)
  return { ...accountUser(namespace, account.name, account.uid), extra }
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
