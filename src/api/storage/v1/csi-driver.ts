import { bool, int64, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { storage } from './package.ts'

export const TokenRequest = storage.message('TokenRequest', {
  audience: string(1).required(),
  expirationSeconds: int64(2).explicit(),
})
export interface TokenRequest extends TypeOf<typeof TokenRequest> {}

export const CSIDriverSpec = storage.message('CSIDriverSpec', {
  attachRequired: bool(1).explicit().default(true),
  podInfoOnMount: bool(2).explicit().default(false),
  volumeLifecycleModes: list(3, string).set().default(['Persistent']),
  storageCapacity: bool(4).explicit().default(false),
  fsGroupPolicy: string(5).explicit().default('ReadWriteOnceWithFSType'),
  tokenRequests: list(6, TokenRequest).atomic(),
  requiresRepublish: bool(7).explicit().default(false),
  seLinuxMount: bool(8).explicit().default(false),
  nodeAllocatableUpdatePeriodSeconds: int64(9).explicit(),
  serviceAccountTokenInSecrets: bool(10).explicit(),
  preventPodSchedulingIfMissing: bool(11).explicit(),
})
export interface CSIDriverSpec extends TypeOf<typeof CSIDriverSpec> {}

export const CSIDriver = storage.kind('CSIDriver', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CSIDriverSpec).required(),
})
export interface CSIDriver extends TypeOf<typeof CSIDriver> {}
export const CSIDriverList = storage.listOf(CSIDriver)
export const CSIDrivers = storage.resource(CSIDriver, 'csidrivers', { namespaced: false })
