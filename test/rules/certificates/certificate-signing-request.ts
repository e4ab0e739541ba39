import { CertificateSigningRequests } from '../../../src/api/certificates/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { minimalObjects } from '../../support/minimal-objects.ts'
import {
  duplicate,
  forbidden,
  invalid,
  nothing,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
} from '../rule.ts'

const request = minimalObjects().find(({ kind }) => kind === 'CertificateSigningRequest') as KubeObject
const named = (name: string) => ({ ...request, metadata: { name } }) as KubeObject
const pem = (type: string, headers = '') =>
  Buffer.from(`-----BEGIN ${type}-----\n${headers}AAAA\n-----END ${type}-----\n`).toString('base64')
const usages = to('spec.usages')

const list = 'status.conditions'
const conditions = (...items: object[]) => put({ [list]: items.map((item) => ({ status: 'True', ...item })) })
const approved = { type: 'Approved' }

const status: Rule[] = [
  rule(`${list}[0].type`, required, '', conditions({ type: 'A b' }), conditions({ type: '' })),
  rule(`${list}[0].status`, required, '', conditions({ type: 'A' }), conditions({ type: 'A', status: '' })),
  rule(
    `${list}[0].status`,
    notSupported,
    'supported values: "False", "True", "Unknown"',
    conditions({ type: 'A', status: 'Unknown' }),
    conditions({ type: 'A', status: 'Sometimes' }),
  ),
  rule(
    `${list}[0].status`,
    notSupported,
    'supported values: "True"',
    conditions({ type: 'Failed' }),
    conditions({ type: 'Failed', status: 'False' }),
  ),
  rule(
    `${list}[1].type`,
    duplicate,
    '"A"',
    conditions({ type: 'A' }, { type: 'B' }),
    conditions({ type: 'A' }, { type: 'A' }),
  ),
]

export const certificateTables: Table[] = [
  {
    resource: CertificateSigningRequests,
    base: request,
    rules: [
      rule('metadata.name', invalid, "may not contain '/'", 'A b', 'a/b'),
      rule(
        'spec.request',
        invalid,
        'PEM block type must be CERTIFICATE REQUEST',
        pem('CERTIFICATE REQUEST'),
        pem('CERTIFICATE'),
      ),
      rule('spec.usages', required, '', ['s/mime'], []),
      rule('spec.usages[0]', notSupported, '"any", "cert sign"', 'any', 'sometimes'),
      rule('spec.usages[1]', duplicate, '"any"', usages(['any', 'signing']), usages(['any', 'any'])),
      rule('spec.signerName', required, '', 'a.b/c', ''),
      rule(
        'spec.signerName',
        invalid,
        'the legacy signerName is not allowed via this API version',
        'kubernetes.io/other',
        'kubernetes.io/legacy-unknown',
      ),
      rule('spec.signerName', invalid, 'must be a fully qualified domain and path', 'a.b/c', 'a.b'),
      rule('spec.expirationSeconds', invalid, 'may not specify a duration less than 600 seconds', 600, 599),
    ],
    uncovered: [{ path: 'spec.request', rule: 'is signed, and whole', why: 'the core does not read ASN.1' }],
  },
  {
    resource: CertificateSigningRequests,
    write: 'status',
    base: named('status'),
    rules: [
      ...status,
      rule(
        list,
        forbidden,
        'updates may not add a condition of type "Approved"',
        conditions({ type: 'Failed' }),
        conditions(approved),
      ),
      rule(
        'status.certificate',
        invalid,
        'only CERTIFICATE PEM blocks are allowed, found "KEY"',
        pem('CERTIFICATE'),
        pem('KEY'),
      ),
      rule(
        'status.certificate',
        invalid,
        'no PEM block headers are permitted',
        pem('CERTIFICATE'),
        pem('CERTIFICATE', 'a: b\n\n'),
      ),
      rule('status.certificate', invalid, 'must contain at least one CERTIFICATE PEM block', '', 'AAAA'),
    ],
    uncovered: [{ path: 'status.certificate', rule: 'holds certificates', why: 'the core does not read ASN.1' }],
  },
  {
    resource: CertificateSigningRequests,
    write: 'approval',
    base: named('approval'),
    rules: [
      ...status,
      rule(
        list,
        invalid,
        'Approved and Denied conditions are mutually exclusive',
        conditions(approved),
        conditions(approved, { type: 'Denied' }),
      ),
    ],
  },
  ...decided('status', [
    rule(
      list,
      forbidden,
      'updates may not modify a condition of type "Approved"',
      nothing,
      conditions({ ...approved, message: 'b' }, { type: 'Failed' }),
    ),
    rule(
      'status.certificate',
      forbidden,
      'updates may not modify existing certificate content',
      nothing,
      pem('CERTIFICATE', '\n'),
    ),
    rule('status.certificate', forbidden, 'updates may not modify existing certificate content', nothing, ''),
  ]),
  ...decided('approval', []),
]

/** What is decided of a request stays, and so does the certificate. */
function decided(write: 'status' | 'approval', more: Rule[]): Table[] {
  const stays = (type: string) => `updates may not remove a condition of type "${type}"`
  const base = (decision: string) =>
    ({
      ...named(`${write}-${decision.toLowerCase()}`),
      status: {
        conditions: [decision, 'Failed'].map((type) => ({ type, status: 'True' })),
        certificate: pem('CERTIFICATE'),
      },
    }) as KubeObject
  return ['Approved', 'Denied'].map((decision) => ({
    resource: CertificateSigningRequests,
    write,
    base: base(decision),
    rules: [
      rule(list, forbidden, stays(decision), nothing, conditions({ type: 'Failed' })),
      rule(list, forbidden, stays('Failed'), nothing, conditions({ type: decision })),
      ...(decision === 'Approved' ? more : []),
    ],
  }))
}
