import { SignJWT } from 'jose'
import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import { Nodes, Pods, type ServiceAccount } from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Claims, TokenService } from './token-claims.ts'

/** The lifetime that the kubelet requests for pods' tokens; these get a year, for programs that never reread theirs. */
const projectedSeconds = 3607
const extendedSeconds = 365 * 24 * 3600

/** Returns the request with a token for the account in its status. */
export async function issueToken(
  service: TokenService,
  random: Random,
  request: TokenRequest,
  account: Stored<ServiceAccount>,
): Promise<TokenRequest> {
  const { issuers, audiences: own, clock, keys, maxSeconds = Number.POSITIVE_INFINITY } = service
  const { spec = {} } = request
  const audiences = spec.audiences?.length ? spec.audiences : [...own]
  const seconds = Math.min(spec.expirationSeconds ?? 3600, maxSeconds)
  const now = Math.floor(clock.now() / 1000)
  const extend =
    service.extends &&
    seconds === projectedSeconds &&
    spec.boundObjectRef?.kind === 'Pod' &&
    audiences.every((a) => own.includes(a))
  const { key, alg, kid } = await keys.signing()
  const claims: Claims = {
    'kubernetes.io': {
      namespace: account.metadata.namespace ?? '',
      serviceaccount: { name: account.metadata.name, uid: account.metadata.uid },
      ...(await boundTo(service, spec.boundObjectRef, account)),
      ...(extend && { warnafter: now + seconds }),
    },
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg, kid })
    .setIssuer(issuers[0] ?? '')
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
  { objects }: TokenService,
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
  const pod = await objects()?.get(Pods, { namespace, name: reference.name })
  const nodeName = pod?.spec.nodeName
  const node = nodeName ? await objects()?.get(Nodes, { name: nodeName }) : undefined
  return { pod: reference, ...(node && { node: { name: node.metadata.name, uid: node.metadata.uid } }) }
}
