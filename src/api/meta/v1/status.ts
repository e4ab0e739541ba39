import { bool, int32, int64, list, rawExtension, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ListMeta, meta } from './meta.ts'

export const Preconditions = meta.message('Preconditions', {
  uid: string(1).explicit(),
  resourceVersion: string(2).explicit(),
})
export interface Preconditions extends TypeOf<typeof Preconditions> {}

export const DeleteOptions = meta.kind('DeleteOptions', {
  gracePeriodSeconds: int64(1).explicit(),
  preconditions: ref(2, Preconditions),
  orphanDependents: bool(3).explicit(),
  propagationPolicy: string(4).explicit(),
  dryRun: list(5, string).atomic(),
  ignoreStoreReadErrorWithClusterBreakingPotential: bool(6).explicit(),
})
export interface DeleteOptions extends TypeOf<typeof DeleteOptions> {}

export const StatusCause = meta.message('StatusCause', {
  reason: string(1),
  message: string(2),
  field: string(3),
})
export interface StatusCause extends TypeOf<typeof StatusCause> {}

export const StatusDetails = meta.message('StatusDetails', {
  name: string(1),
  group: string(2),
  kind: string(3),
  causes: list(4, StatusCause).atomic(),
  retryAfterSeconds: int32(5),
  uid: string(6),
})
export interface StatusDetails extends TypeOf<typeof StatusDetails> {}

export const Status = meta.kind('Status', {
  metadata: ref(1, ListMeta),
  status: string(2),
  message: string(3),
  reason: string(4),
  details: ref(5, StatusDetails),
  code: int32(6),
})
export interface Status extends TypeOf<typeof Status> {}

export const WatchEvent = meta.message('WatchEvent', {
  type: string(1).required(),
  object: rawExtension(2).required(),
})
export interface WatchEvent extends TypeOf<typeof WatchEvent> {}
