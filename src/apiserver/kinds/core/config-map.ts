import type { ConfigMap, Secret } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { configMapKey } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { equal, unchanged } from '../rules/checks.ts'

/** As etcd takes it, with room for the rest of the object. */
const maxBytes = 1024 * 1024
const whenImmutable = 'field is immutable when `immutable` is set'

const byteLength = (text: string) => new TextEncoder().encode(text).length
const base64Length = (text: string) => Math.floor((text.replace(/=+$/, '').length * 3) / 4)

const keyProblems = (data: Record<string, string> = {}, field: string): FieldError[] =>
  Object.keys(data).flatMap((key) =>
    configMapKey(key).map((problem) => fieldError.invalid(`${field}[${key}]`, key, problem)),
  )

export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const both = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key))
  const size =
    Object.values(data).reduce((sum, text) => sum + byteLength(text), 0) +
    Object.values(binaryData).reduce((sum, text) => sum + base64Length(text), 0)
  return [
    ...keyProblems(data, 'data'),
    ...both.map((key) => fieldError.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keyProblems(binaryData, 'binaryData'),
    ...(size > maxBytes ? [fieldError.tooLong('', maxBytes)] : []),
  ]
}

export function validateConfigMapUpdate(map: ConfigMap, old: Stored<ConfigMap>): FieldError[] {
  if (!old.immutable) return []
  return [
    ...(map.immutable ? [] : [fieldError.forbidden('immutable', whenImmutable)]),
    ...(equal(map.data, old.data) ? [] : [fieldError.forbidden('data', whenImmutable)]),
    ...(equal(map.binaryData, old.binaryData) ? [] : [fieldError.forbidden('binaryData', whenImmutable)]),
  ]
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

export function validateSecret({ data = {}, type = 'Opaque', metadata }: Secret): FieldError[] {
  const size = Object.values(data).reduce((sum, text) => sum + base64Length(text), 0)
  const errors = [...keyProblems(data, 'data'), ...(size > maxBytes ? [fieldError.tooLong('data', maxBytes)] : [])]
  for (const key of neededKeys[type] ?? []) {
    if (data[key] === undefined) errors.push(fieldError.required(`data[${key}]`))
    else if (jsonKeys.includes(key) && !isJson(data[key]))
      errors.push(fieldError.invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character in JSON'))
  }
  if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined)
    errors.push(fieldError.required('data[username]'), fieldError.required('data[password]'))
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.[accountAnnotation])
    errors.push(fieldError.required(`metadata.annotations[${accountAnnotation}]`))
  return errors
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(base64)))
    return true
  } catch {
    return false
  }
}

export function validateSecretUpdate(secret: Secret, old: Stored<Secret>): FieldError[] {
  const errors = unchanged(secret.type, old.type, 'type')
  if (!old.immutable) return errors
  if (!secret.immutable) errors.push(fieldError.forbidden('immutable', whenImmutable))
  if (!equal(secret.data, old.data)) errors.push(fieldError.forbidden('data', whenImmutable))
  return errors
}
