import { decodeJwt, errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { UserInfo } from '../../api/call.ts'
import { type Clock, formatTime } from '../../api/clock.ts'
import { Nodes, Pods, Secrets, type ServiceAccount, ServiceAccounts } from '../../api/core/v1/index.ts'
import { forbidden, serviceUnavailable } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { ObjectName, Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Objects } from '../definition.ts'
import type { Authenticator } from './authenticator.ts'
import { type SigningKeySource, signingKeys } from './signing-keys.ts'

export interface TokenOptions {
  /** `--service-account-issuer`: the `iss` of tokens, and what is verified. */
  issuer: string
  /** `--service-account-signing-key-file`, PEM (PKCS #8; RSA or P-256). Absent: one that lives as long as the process. */
  signingKey?: string
  /** `--service-account-key-file`: further keys whose tokens are taken, PEM (SPKI). */
  verificationKeys?: readonly string[]
  /** `--api-audiences`. Default: the issuer. */
  audiences?: readonly string[]
  clock: Clock
  random: Random
}

export interface ServiceAccountTokens extends Authenticator {
  /** Tells where ServiceAccounts and the objects that tokens are bound to are found; without it nobody is known. */
  attach(objects: Objects): void
  /** Answers the request with its status filled in. */
  issue(request: TokenRequest, account: Stored<ServiceAccount>): Promise<TokenRequest>
  /** Whose token it is, if it is for one of `audiences` (none: the server's own). */
  verify(token: string, audiences: readonly string[]): Promise<{ user: UserInfo; audiences: string[] } | undefined>
  /** The public keys, for `/openid/v1/jwks`. */
  publicKeys(): Promise<JWK[]>
  readonly issuer: string
}

/** What a token says besides the registered claims. */
interface Claims extends JWTPayload {
  'kubernetes.io'?: {
    namespace: string
    serviceaccount: Reference
    pod?: Reference
    node?: Reference
    secret?: Reference
    warnafter?: number
  }
}

interface Reference {
  name: string
  uid: string
}

/** The kubelet asks for so many seconds for the token of every pod; programs that never read it again get a year. */
const projectedSeconds = 3607
const extendedSeconds = 365 * 24 * 3600
/** An account or pod that is being deleted keeps its tokens so long, to finish what it does. */
const graceMs = 60_000
const maxCached = 5000

/** Issues and verifies the tokens of ServiceAccounts (KEP-1205): JWTs that end with the objects they are bound to. */
export function serviceAccountTokens(options: TokenOptions): ServiceAccountTokens {
  const { issuer, clock, random } = options
  const own = options.audiences ?? [issuer]
  const source: SigningKeySource = signingKeys(options.signingKey, options.verificationKeys)
  /** Signatures are checked once; whether account and pod are still there, every time. */
  const verified = new Map<string, Claims>()
  let objects: Objects | undefined

  async function issue(request: TokenRequest, account: Stored<ServiceAccount>): Promise<TokenRequest> {
    const { spec = {} } = request
    const audiences = spec.audiences?.length ? spec.audiences : [...own]
    const seconds = spec.expirationSeconds ?? 3600
    const now = Math.floor(clock.now() / 1000)
    const extend =
      seconds === projectedSeconds && spec.boundObjectRef?.kind === 'Pod' && audiences.every((a) => own.includes(a))
    const { key, alg, kid } = await source.signing()
    const claims: Claims = {
      'kubernetes.io': {
        namespace: account.metadata.namespace ?? '',
        serviceaccount: { name: account.metadata.name, uid: account.metadata.uid },
        ...(await boundTo(spec.boundObjectRef, account)),
        ...(extend && { warnafter: now + seconds }),
      },
    }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg, kid })
      .setIssuer(issuer)
      .setSubject(`system:serviceaccount:${account.metadata.namespace}:${account.metadata.name}`)
      .setAudience(audiences)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + (extend ? extendedSeconds : seconds))
      .setJti(random.uuid())
      .sign(key)
    return {
      ...request,
      spec: { ...spec, audiences, expirationSeconds: seconds },
      status: { token, expirationTimestamp: formatTime((now + seconds) * 1000) },
    }
  }

  async function boundTo(
    bound: { kind?: string; name?: string; uid?: string } | undefined,
    account: Stored<ServiceAccount>,
  ): Promise<Partial<NonNullable<Claims['kubernetes.io']>>> {
    if (!bound) return {}
    const reference = { name: bound.name ?? '', uid: bound.uid ?? '' }
    if (bound.kind === 'Secret') return { secret: reference }
    if (bound.kind === 'Node') return { node: reference }
    if (bound.kind !== 'Pod')
      throw forbidden({ group: '', resource: 'serviceaccounts' }, account.metadata.name, 'cannot bind to this kind')
    const { namespace = '' } = account.metadata
    const pod = await objects?.get(Pods, { namespace, name: reference.name })
    const nodeName = pod?.spec.nodeName
    const node = nodeName ? await objects?.get(Nodes, { name: nodeName }) : undefined
    return { pod: reference, ...(node && { node: { name: node.metadata.name, uid: node.metadata.uid } }) }
  }

  async function verify(token: string, audiences: readonly string[]) {
    const claims = await claimsOf(token)
    if (!claims) return undefined
    const now = clock.now() / 1000
    if ((claims.exp ?? 0) <= now || (claims.nbf ?? 0) > now) return undefined
    const wanted = audiences.length > 0 ? audiences : own
    const given = [claims.aud ?? []].flat()
    const shared = wanted.filter((audience) => given.includes(audience))
    if (shared.length === 0) return undefined
    const user = await userOf(claims)
    return user && { user, audiences: [...shared] }
  }

  async function claimsOf(token: string): Promise<Claims | undefined> {
    const known = verified.get(token)
    if (known) return known
    try {
      if (decodeJwt(token).iss !== issuer) return undefined
      const { payload } = await jwtVerify<Claims>(token, (header) => source.verifying(header.kid), {
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

  async function userOf({ 'kubernetes.io': claims, jti }: Claims): Promise<UserInfo | undefined> {
    if (!claims) return undefined
    const { namespace, serviceaccount: account, pod, node, secret } = claims
    const alive =
      (await isThere(ServiceAccounts, account, namespace)) &&
      (!pod || (await isThere(Pods, pod, namespace))) &&
      (!secret || (await isThere(Secrets, secret, namespace))) &&
      (!node || pod || (await isThere(Nodes, node)))
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

  async function isThere<T>(type: ResourceType<T>, { name, uid }: Reference, namespace?: string): Promise<boolean> {
    if (!objects) throw serviceUnavailable('the server is starting')
    const at: ObjectName = namespace === undefined ? { name } : { namespace, name }
    const metadata = (await objects.get(type, at))?.metadata
    if (metadata?.uid !== uid) return false
    return !metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) + graceMs > clock.now()
  }

  return {
    issuer,
    issue,
    verify,
    publicKeys: () => source.published(),
    attach(to) {
      objects = to
    },
    async authenticate({ token }) {
      return token === undefined ? undefined : (await verify(token, []))?.user
    },
  }
}
