import type { UserInfo } from '../../api/call.ts'

/** The certificate that a client showed. Its connection proves that the client has the key. */
export interface ClientCertificate {
  commonName: string
  organizations: string[]
  /** The value of the attribute 1.3.6.1.4.1.57683.2 of the subject. */
  uid?: string
  /** SHA-256 of the certificate, in hex. */
  fingerprint?: string
  /** The authority that signed it is one for front proxies, or one for both. Default: one for clients. */
  authority?: 'clients' | 'proxies' | 'both'
  /** The reason why none of the listener's authorities vouches for it. Nobody is known by such a certificate. */
  problem?: string
}

/** The parts of a request that tell who sent it. */
export interface Credentials {
  /** The client certificate of the TLS connection. */
  certificate?: ClientCertificate
  /** The values of a header, joined with a comma. `name` in lower case. */
  header(name: string): string | undefined
  /** The values of a header, one by one. */
  values(name: string): string[]
  /** The names of all headers, in lower case, are its keys. */
  readonly headers: Readonly<Record<string, unknown>>
}

/** The user that an authenticator found, and those of the wanted audiences that the credentials are for. */
export interface Found {
  user: UserInfo
  /** Absent: the credentials are for this server, under all its names. */
  audiences?: string[]
}

type Maybe<T> = T | undefined | Promise<T | undefined>

/**
 * Finds the user of a request; undefined: these credentials are not for this authenticator. @throws Error when they are, and
 * are wrong, or when the authenticator could not find out.
 */
export type RequestAuthenticator = (credentials: Credentials) => Maybe<UserInfo>

/** Finds the user of a bearer token, which has to be for one of `audiences`. @throws Error as a RequestAuthenticator does */
export type TokenAuthenticator = (token: string, audiences: readonly string[], annotate?: Annotate) => Maybe<Found>

/** Receives annotations for the audit log. */
export type Annotate = (key: string, value: string) => void

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** The group of all authenticated users. */
export const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes('system:authenticated') || user.groups.includes('system:unauthenticated')
    ? user
    : { ...user, groups: [...user.groups, 'system:authenticated'] }
