import {
  type CertificateSigningRequest,
  type CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from '../../../api/certificates/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import { among, duplicates, each, equal, required, unique } from '../rules/checks.ts'
import { signerName } from '../rules/signer-name.ts'
import { rule } from '../rules/walk.ts'

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]
const legacySigner = 'kubernetes.io/legacy-unknown'
const minSeconds = 600

/** Checks only that this is a request, not its contents. */
export const requestRules = [
  rule(CertificateSigningRequestSpec, {
    request: (value = '', field) =>
      blocksOf(value)[0]?.type === 'CERTIFICATE REQUEST'
        ? []
        : [fieldError.invalid(field, value, 'PEM block type must be CERTIFICATE REQUEST')],
    usages: (list, field) => [...required(list, field), ...each(among(...usages))(list, field), ...unique(list, field)],
    signerName: (value, field) =>
      value === legacySigner
        ? [fieldError.invalid(field, value, 'the legacy signerName is not allowed via this API version')]
        : signerName(value, field),
    expirationSeconds: (value = minSeconds, field) =>
      value < minSeconds
        ? [fieldError.invalid(field, value, 'may not specify a duration less than 600 seconds (10 minutes)')]
        : [],
  }),
]

interface Block {
  type: string
  hasHeaders: boolean
}

/** The PEM blocks in base64. */
function blocksOf(base64: string): Block[] {
  const text = atob(base64)
  return [...text.matchAll(/-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)-----END \1-----/g)].map(
    ([, type = '', body = '']) => ({
      type,
      hasHeaders: /^[^\n]*:/.test(body),
    }),
  )
}

const list = 'status.conditions'
const final = ['Approved', 'Denied', 'Failed']

/** Rules of conditions and of the certificate, for every writer. */
export function statusProblems(
  { status }: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
): FieldError[] {
  const conditions = status?.conditions ?? []
  const removed = final.filter((type) => of(conditions, type).length < of(old.status.conditions, type).length)
  return [
    ...conditions.flatMap(({ type, status: value = '' }, i) => [
      ...required(type, `${list}[${i}].type`),
      ...conditionStatus(type, value, `${list}[${i}].status`),
    ]),
    ...contradictions(conditions),
    ...duplicates(conditions.map(({ type }, i) => [type, `${list}[${i}].type`])),
    ...removed.map((type) => fieldError.forbidden(list, `updates may not remove a condition of type "${type}"`)),
    ...certificateProblems(status?.certificate, old.status.certificate),
  ]
}

function conditionStatus(type: string, value: string, field: string): FieldError[] {
  if (!value) return [fieldError.required(field)]
  return among(...(final.includes(type) ? ['True'] : ['False', 'True', 'Unknown']))(value, field)
}

function contradictions(conditions: readonly CertificateSigningRequestCondition[]): FieldError[] {
  const decisions = conditions.map(({ type }) => type).filter((type) => type === 'Approved' || type === 'Denied')
  const second = decisions.find((type) => type !== decisions[0])
  return second ? [fieldError.invalid(list, second, 'Approved and Denied conditions are mutually exclusive')] : []
}

function certificateProblems(now = '', before = ''): FieldError[] {
  if (now === before) return []
  const field = 'status.certificate'
  const invalid = (why: string) => [fieldError.invalid(field, '<certificate data>', why)]
  const changed = before ? [fieldError.forbidden(field, 'updates may not modify existing certificate content')] : []
  if (!now) return changed
  const blocks = blocksOf(now)
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE')
  if (other) return [...changed, ...invalid(`only CERTIFICATE PEM blocks are allowed, found "${other.type}"`)]
  if (blocks.some(({ hasHeaders }) => hasHeaders)) return [...changed, ...invalid('no PEM block headers are permitted')]
  return blocks.length ? changed : [...changed, ...invalid('must contain at least one CERTIFICATE PEM block')]
}

const of = (conditions: readonly CertificateSigningRequestCondition[] = [], type: string) =>
  conditions.filter((condition) => condition.type === type)

/** Approval and denial are written through `/approval` only. */
export function decisionProblems(
  { status }: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
): FieldError[] {
  return ['Approved', 'Denied'].flatMap((type) => {
    const [now, before] = [of(status?.conditions, type), of(old.status.conditions, type)]
    if (now.length > before.length)
      return [fieldError.forbidden(list, `updates may not add a condition of type "${type}"`)]
    return now.length < before.length || equal(now, before)
      ? []
      : [fieldError.forbidden(list, `updates may not modify a condition of type "${type}"`)]
  })
}
