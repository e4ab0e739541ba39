import type { UserInfo } from '../../api/call.ts'

/** What a certificate of a client says, whose signature the listener has checked. */
export interface ClientCertificate {
  commonName: string
  organizations: string[]
}

/** What a request says about its sender. */
export interface Credentials {
  /** Of the TLS connection. */
  certificate?: ClientCertificate
  /** The bearer token. */
  token?: string
}

/** Finds out whose credentials these are; undefined: not known here. */
export interface Authenticator {
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined>
}

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Every user that is known is in this group. */
export const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] }
