import { type Secret, Secrets } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { equal, unchanged } from '../rules/checks.ts'
import { base64Length, keyProblems, maxBytes, whenImmutable } from '../rules/data.ts'
import { column, nameAndAge } from '../table.ts'
import { keyPairProblem } from '../warnings/key-pair.ts'

export const secrets: Kind<Secret> = {
  type: Secrets,
  singular: 'secret',
  generation: 'none',
  selectableFields: { type: (secret) => secret.type ?? '' },
  columns: nameAndAge(
    column('Type', (secret) => secret.type ?? ''),
    column('Data', (secret) => String(Object.keys(secret.data ?? {}).length)),
  ),
  validate,
  warnings,
  validateUpdate,
}

/** The keys that a type of Secret must have. */
const neededKeys: Record<string, string[]> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

const jsonKeys = ['.dockercfg', '.dockerconfigjson']

const accountAnnotation = 'kubernetes.io/service-account.name'

function validate({ data = {}, type = 'Opaque', metadata }: Secret): FieldError[] {
  const size = Object.values(data).reduce((sum, text) => sum + base64Length(text), 0)
  const errors = [...keyProblems(data, 'data'), ...(size > maxBytes ? [fieldError.tooLong('data', maxBytes)] : [])]
  for (const key of neededKeys[type] ?? []) {
    if (data[key] === undefined || (key === 'ssh-privatekey' && data[key] === ''))
      errors.push(fieldError.required(`data[${key}]`))
    else if (jsonKeys.includes(key) && !isJson(data[key]))
      errors.push(fieldError.invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character in JSON'))
  }
  if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined)
    errors.push(fieldError.required('data[username]'), fieldError.required('data[password]'))
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.[accountAnnotation])
    errors.push(fieldError.required(`metadata.annotations[${accountAnnotation}]`))
  return errors
}

/** An object, that is, or null. */
function isJson(base64: string): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(base64)))
    return typeof value === 'object' && !Array.isArray(value)
  } catch {
    return false
  }
}

function validateUpdate(secret: Secret, old: Stored<Secret>): FieldError[] {
  const errors = unchanged(secret.type, old.type, 'type')
  if (!old.immutable) return errors
  if (!secret.immutable) errors.push(fieldError.forbidden('immutable', whenImmutable))
  if (!equal(secret.data, old.data)) errors.push(fieldError.forbidden('data', whenImmutable))
  return errors
}

function warnings({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return []
  const text = (key: string) => new TextDecoder().decode(Uint8Array.fromBase64(data[key] ?? ''))
  const problem = keyPairProblem(text('tls.crt'), text('tls.key'))
  return problem ? [problem] : []
}
