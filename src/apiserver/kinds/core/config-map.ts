import { type ConfigMap, ConfigMaps } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { equal } from '../rules/checks.ts'
import { base64Length, byteLength, keyProblems, maxBytes, whenImmutable } from '../rules/data.ts'
import { column, nameAndAge } from '../table.ts'

export const configMaps: Kind<ConfigMap> = {
  type: ConfigMaps,
  singular: 'configmap',
  shortNames: ['cm'],
  generation: 'none',
  columns: nameAndAge(
    column('Data', (map) => String(Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length)),
  ),
  validate,
  validateUpdate,
}

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
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

function validateUpdate(map: ConfigMap, old: Stored<ConfigMap>): FieldError[] {
  if (!old.immutable) return []
  return [
    ...(map.immutable ? [] : [fieldError.forbidden('immutable', whenImmutable)]),
    ...(equal(map.data, old.data) ? [] : [fieldError.forbidden('data', whenImmutable)]),
    ...(equal(map.binaryData, old.binaryData) ? [] : [fieldError.forbidden('binaryData', whenImmutable)]),
  ]
}
