import type { JWTPayload } from 'jose'
import type { Clock } from '../../api/clock.ts'
import type { Objects } from '../definition.ts'
import type { SigningKeySource } from './signing-keys.ts'

/** The claims of a token besides the registered ones. */
export interface Claims extends JWTPayload {
  'kubernetes.io'?: {
    namespace: string
    serviceaccount: Reference
    pod?: Reference
    node?: Reference
    secret?: Reference
    warnafter?: number
  }
}

export interface Reference {
  name: string
  uid: string
}

/** Common to issuing and verifying tokens. */
export interface TokenService {
  /** The first is the issuer of new tokens. */
  issuers: readonly string[]
  /** The server's own. */
  audiences: readonly string[]
  clock: Clock
  keys: SigningKeySource
  /** The longest lifetime that a token gets. Seconds. */
  maxSeconds?: number
  /** Gives the pods' tokens a year, for programs that never reread theirs. */
  extends: boolean
  /** Accepts legacy tokens only while their Secrets exist. */
  looksUp: boolean
  /** The source of ServiceAccounts and of the objects that tokens are bound to; undefined while the server starts. */
  objects(): Objects | undefined
}
