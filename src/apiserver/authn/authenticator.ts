import type { UserInfo } from '../../api/call.ts'

/** A client certificate whose signature the listener has verified. */
export interface ClientCertificate {
  commonName: string
  organizations: string[]
}

/** The credentials of a request. */
export interface Credentials {
  /** The client certificate of the TLS connection. */
  certificate?: ClientCertificate
  /** The bearer token. */
  token?: string
}

/** Finds the user of these credentials; undefined: unknown. */
export interface Authenticator {
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined>
}

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** The group of all authenticated users. */
export const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] }
