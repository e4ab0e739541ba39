import type { UserInfo } from '../../api/call.ts'
import { ApiError, messageOf, unauthorized } from '../../api/errors.ts'
import type { Log } from '../../api/log.ts'
import { type AnonymousOptions, mayBeAnonymous } from './anonymous.ts'
import {
  type Annotate,
  anonymous,
  authenticated,
  type Credentials,
  type Found,
  type RequestAuthenticator,
  type TokenAuthenticator,
} from './authenticator.ts'

export interface ChainOptions {
  /** Asked before tokens are looked at. */
  requests: readonly RequestAuthenticator[]
  tokens: readonly TokenAuthenticator[]
  /** The audiences that the server itself is. */
  audiences: readonly string[]
  /** Which requests may do without credentials. Read anew each time. */
  anonymous(): AnonymousOptions
  log: Pick<Log, 'info'>
}

/** Finds out who sends a request. */
export interface Authentication {
  /** The user of a request. @throws ApiError 401 */
  sender(credentials: Credentials, path: string, annotate?: Annotate): UserInfo | Promise<UserInfo>
  /**
   * The user of a token, if it is for one of `audiences` (none: the server's own).
   * @throws Error that says why it is not valid
   */
  review(token: string, audiences: readonly string[]): Promise<Required<Found>>
}

interface Attempt {
  credentials: Credentials
  path: string
  /** Why authenticators that were asked know nobody. */
  errors: unknown[]
  annotate?: Annotate
}

/** A chain of authenticators: the first that knows the credentials names the user. */
export function authenticationChain(options: ChainOptions): Authentication {
  const { requests, tokens, audiences: own } = options

  async function userOfToken(token: string, wanted: readonly string[], { errors, annotate }: Partial<Attempt>) {
    for (const authenticator of tokens) {
      try {
        const found = await authenticator(token, wanted, annotate)
        if (!found) continue
        // Credentials that name no audience are for this server.
        const audiences = found.audiences ?? wanted.filter((audience) => own.includes(audience))
        if (audiences.length > 0) return { user: authenticated(found.user), audiences }
      } catch (error) {
        errors?.push(error)
      }
    }
    return undefined
  }

  async function senderByToken(token: string, attempt: Attempt): Promise<UserInfo> {
    const found = await userOfToken(token, own, attempt)
    if (found) return found.user
    throw refusal([new Error(invalidToken), ...attempt.errors])
  }

  /** Goes through the authenticators from this one on. It waits only for those that have to. */
  function ask(attempt: Attempt, from: number): UserInfo | Promise<UserInfo> {
    const { credentials, path, errors } = attempt
    for (let i = from; i < requests.length; i++) {
      try {
        const found = requests[i]?.(credentials)
        if (found instanceof Promise) return continued(attempt, found, i + 1)
        if (found) return authenticated(found)
      } catch (error) {
        errors.push(error)
      }
    }
    const token = bearerToken(credentials)
    if (token !== undefined) return senderByToken(token, attempt)
    if (errors.length > 0 || !mayBeAnonymous(options.anonymous(), path)) throw refusal(errors)
    return anonymous
  }

  async function continued(attempt: Attempt, asked: Promise<UserInfo | undefined>, next: number): Promise<UserInfo> {
    try {
      const user = await asked
      if (user) return authenticated(user)
    } catch (error) {
      attempt.errors.push(error)
    }
    return ask(attempt, next)
  }

  /** 401 says nothing about why. Only the log does. */
  function refusal(errors: unknown[]): ApiError {
    const unable = errors.find((error) => error instanceof ApiError)
    if (unable instanceof ApiError) return unable
    if (errors.length > 0)
      options.log.info('unable to authenticate the request', { error: told(errors.map(messageOf)) })
    return unauthorized()
  }

  return {
    sender: (credentials, path, annotate) => ask({ credentials, path, errors: [], ...(annotate && { annotate }) }, 0),
    async review(token, audiences) {
      const wanted = audiences.length > 0 ? audiences : own
      const errors: unknown[] = []
      const found = await userOfToken(token, wanted, { errors })
      if (found) return found
      throw new Error(told([invalidToken, ...errors.map(messageOf)]))
    },
  }
}

const invalidToken = 'invalid bearer token'

/** Several errors as one text. */
const told = (errors: string[]): string => (errors.length === 1 ? `${errors[0]}` : `[${errors.join(', ')}]`)

const webSocketToken = 'base64url.bearer.authorization.k8s.io.'

/** The token of the Authorization header, or of the subprotocols of a WebSocket, which browsers cannot give headers. */
function bearerToken(credentials: Credentials): string | undefined {
  const header = credentials.header('authorization')
  const token = header && /^bearer +(\S+)/i.exec(header)?.[1]
  if (token) return token
  const protocols = credentials.header('sec-websocket-protocol')
  if (!protocols?.includes(webSocketToken)) return undefined
  const encoded = protocols
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith(webSocketToken))
  try {
    const bytes = Uint8Array.fromBase64(encoded?.slice(webSocketToken.length) ?? '', { alphabet: 'base64url' })
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unauthorized()
  }
}

/** The subprotocols of a WebSocket without the token, which is for this server alone. */
export const withoutToken = (protocols: string): string =>
  protocols
    .split(',')
    .map((one) => one.trim())
    .filter((one) => !one.startsWith(webSocketToken))
    .join(', ')
