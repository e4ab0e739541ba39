import type { JWTPayload } from 'jose'
import type { Clock } from '../../api/clock.ts'
import type { Objects } from '../definition.ts'
import type { SigningKeySource } from './signing-keys.ts'

/** What a token says besides the registered claims. */
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

/** What issuing and verifying tokens have in common. */
export interface TokenService {
  issuer: string
  /** The server's own. */
  audiences: readonly string[]
  clock: Clock
  keys: SigningKeySource
  /** Where ServiceAccounts and the objects that tokens are bound to are found; undefined while the server starts. */
  objects(): Objects | undefined
}
