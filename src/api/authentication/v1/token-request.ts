import { int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { authentication } from './package.ts'

export const BoundObjectReference = authentication.message('BoundObjectReference', {
  kind: string(1),
  apiVersion: string(2),
  name: string(3),
  uid: string(4),
})
export interface BoundObjectReference extends TypeOf<typeof BoundObjectReference> {}

export const TokenRequestSpec = authentication.message('TokenRequestSpec', {
  audiences: list(1, string).atomic(),
  boundObjectRef: ref(3, BoundObjectReference),
  expirationSeconds: int64(4).explicit().default(3600),
})
export interface TokenRequestSpec extends TypeOf<typeof TokenRequestSpec> {}

export const TokenRequestStatus = authentication.message('TokenRequestStatus', {
  token: string(1),
  expirationTimestamp: time(2),
})
export interface TokenRequestStatus extends TypeOf<typeof TokenRequestStatus> {}

export const TokenRequest = authentication.kind('TokenRequest', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, TokenRequestSpec),
  status: ref(3, TokenRequestStatus),
})
export interface TokenRequest extends TypeOf<typeof TokenRequest> {}
