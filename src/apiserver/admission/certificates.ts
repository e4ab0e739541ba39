import { type CertificateSigningRequest, CertificateSigningRequests } from '../../api/certificates/v1/index.ts'
import { forbidden, messageOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'

const requests = CertificateSigningRequests as ResourceType

/** Only who may `approve` a signer's requests approves or denies one. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  validate: (attributes) => (concerns(attributes, 'UPDATE', 'approval') ? check(attributes, 'approve') : nothing),
}

/** Only who may `sign` a signer's requests issues certificates. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  validate: (attributes) =>
    concerns(attributes, 'UPDATE', 'status') && isIssued(attributes) ? check(attributes, 'sign') : nothing,
}

/** Nobody gets a certificate of the group that may do everything. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  async validate(attributes) {
    if (!concerns(attributes, 'CREATE', undefined)) return
    const { spec } = attributes.object as CertificateSigningRequest
    if (spec?.signerName !== clientSigner) return
    if ((await organizationsIn(attributes, spec.request ?? '')).includes('system:masters'))
      throw forbidden(
        requests,
        attributes.name,
        `use of ${clientSigner} signer with system:masters group is not allowed`,
      )
  },
}

const nothing = Promise.resolve()
const clientSigner = 'kubernetes.io/kube-apiserver-client'

const concerns = (
  { definition, operation, subresource }: AdmissionAttributes,
  when: AdmissionAttributes['operation'],
  where: string | undefined,
): boolean => definition.type === requests && operation === when && subresource === where

const isIssued = ({ object, old }: AdmissionAttributes): boolean =>
  !jsonEqual(certificateOf(object), certificateOf(old))
const certificateOf = (csr: unknown) => (csr as CertificateSigningRequest | undefined)?.status?.certificate

/** The right is for one signer (`example.com/fast`), or for all of a domain (`example.com/*`). */
async function check({ old, name, context }: AdmissionAttributes, verb: 'approve' | 'sign'): Promise<void> {
  const signer = (old as CertificateSigningRequest | undefined)?.spec?.signerName ?? ''
  const asked = { user: context.user, verb, group: 'certificates.k8s.io', version: '*', resource: 'signers' }
  for (const which of [signer, `${signer.split('/')[0]}/*`])
    if ((await context.authorize({ ...asked, name: which })).allowed) return
  throw forbidden(requests, name, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`)
}

/** The groups that a certificate for this request (PEM, in base64) would give. */
async function organizationsIn({ name }: AdmissionAttributes, request: string): Promise<string[]> {
  const { subjectOfRequest } = await import('./certificate-request.ts')
  try {
    return subjectOfRequest(request, 'O')
  } catch (error) {
    throw forbidden(requests, name, `failed to parse CSR: ${messageOf(error)}`)
  }
}
