import { bytes, int32, list, listOf, map, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { certificates } from './package.ts'

export const CertificateSigningRequestSpec = certificates.message('CertificateSigningRequestSpec', {
  request: bytes(1).required(),
  username: string(2),
  uid: string(3),
  groups: list(4, string).atomic(),
  usages: list(5, string).atomic(),
  extra: map(6, listOf(string)),
  signerName: string(7).required(),
  expirationSeconds: int32(8).explicit(),
})
export interface CertificateSigningRequestSpec extends TypeOf<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestCondition = certificates.message('CertificateSigningRequestCondition', {
  type: string(1).required(),
  reason: string(2),
  message: string(3),
  lastUpdateTime: time(4),
  lastTransitionTime: time(5),
  status: string(6).required(),
})
export interface CertificateSigningRequestCondition extends TypeOf<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestStatus = certificates.message('CertificateSigningRequestStatus', {
  conditions: list(1, CertificateSigningRequestCondition).map('type'),
  certificate: bytes(2),
})
export interface CertificateSigningRequestStatus extends TypeOf<typeof CertificateSigningRequestStatus> {}

export const CertificateSigningRequest = certificates.kind('CertificateSigningRequest', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CertificateSigningRequestSpec).required(),
  status: ref(3, CertificateSigningRequestStatus),
})
export interface CertificateSigningRequest extends TypeOf<typeof CertificateSigningRequest> {}
export const CertificateSigningRequestList = certificates.listOf(CertificateSigningRequest)
export const CertificateSigningRequests = certificates.resource(
  CertificateSigningRequest,
  'certificatesigningrequests',
  { namespaced: false },
)
