import { type CertificateSigningRequest, CertificateSigningRequests } from '../../../api/certificates/v1/index.ts'
import { pathSegmentName } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, duration, nameColumn, none } from '../table.ts'
import { decisionProblems, requestRules, statusProblems } from './rules.ts'

export const certificateSigningRequests: Kind<CertificateSigningRequest> = {
  type: CertificateSigningRequests,
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  generation: 'none',
  hasStatus: true,
  selectableFields: { 'spec.signerName': (csr) => csr.spec.signerName },
  // The server says which user asks, not the client.
  prepareForCreate: (csr, { user }) => {
    const { uid: _, extra: __, ...spec } = csr.spec
    const { name, groups, uid, extra } = user
    return {
      ...csr,
      spec: {
        ...spec,
        username: name,
        groups: [...groups],
        ...(uid && { uid }),
        ...(extra && structuredClone({ extra })),
      },
      status: {},
    }
  },
  prepareForUpdate: (csr, old) => ({ ...csr, spec: old.spec, status: old.status }),
  // Approval and denial go through `/approval` only.
  prepareForStatusUpdate: (csr, old) => ({ ...csr, spec: old.spec }),
  validateStatusUpdate: (csr, old) => [...statusProblems(csr, old), ...decisionProblems(csr, old)],
  partialUpdates: {
    approval: {
      prepare: (csr, old) => ({
        ...old,
        ...(csr.metadata && { metadata: { ...old.metadata, ...csr.metadata } }),
        status: { ...old.status, conditions: csr.status?.conditions },
      }),
      validate: statusProblems,
    },
  },
  columns: [
    nameColumn(),
    ageColumn(),
    column('SignerName', ({ spec }) => spec.signerName),
    column('Requestor', ({ spec }) => spec.username ?? ''),
    column('RequestedDuration', ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined ? none : duration(expirationSeconds * 1000),
    ),
    column('Condition', ({ status }) => {
      const has = (type: string) => status.conditions?.some((c) => c.type === type)
      const decision = has('Approved') ? 'Approved' : has('Denied') ? 'Denied' : 'Pending'
      return [decision, has('Failed') && 'Failed', status.certificate && 'Issued'].filter(Boolean).join(',')
    }),
  ],
  nameRule: pathSegmentName,
  rules: requestRules,
}
