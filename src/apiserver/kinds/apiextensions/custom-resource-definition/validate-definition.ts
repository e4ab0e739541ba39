import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
  JSONSchemaProps,
} from '../../../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { itemsOf, parseJsonPath, plainPath, propertyOf } from '../../../../api/machinery/structural/index.ts'
import { dns1035Label } from '../../../../api/names.ts'
import { approvalAnnotation, isProtected } from '../../../custom-resources/names.ts'
import { hasRules, loadedRules } from '../../../custom-resources/rules/lazy.ts'
import { bytesOf } from '../../rules/checks.ts'
import { conversionErrors } from './validate-conversion.ts'
import { validateSchema } from './validate-schema.ts'

/** The rules of a definition that follow from what it is for, besides those of its names. */
export function validateVersions(definition: CustomResourceDefinition): FieldError[] {
  const { spec, status, metadata } = definition
  const errors: FieldError[] = []
  if (!spec) return errors
  if (isProtected(spec.group) && !metadata?.annotations?.[approvalAnnotation])
    errors.push(
      fieldError.required(
        `metadata.annotations[${approvalAnnotation}]`,
        `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`,
      ),
    )
  if (spec.preserveUnknownFields)
    errors.push(
      fieldError.invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    )
  for (const name of ['shortNames', 'categories'] as const)
    for (const [i, value] of (spec.names?.[name] ?? []).entries())
      errors.push(
        ...dns1035Label(value).map((problem) => fieldError.invalid(`spec.names.${name}[${i}]`, value, problem)),
      )
  errors.push(...conversionErrors(spec.conversion ?? { strategy: 'None' }, 'spec.conversion'))
  for (const [i, version] of (spec.versions ?? []).entries())
    errors.push(...versionErrors(version, `spec.versions[${i}]`))
  return [...errors, ...storedVersionErrors(spec.versions ?? [], status?.storedVersions ?? [])]
}

/** What is wrong with a schema; with its rules only where the schema itself is right, or they could not be compiled. */
function schemaErrors(root: JSONSchemaProps, path: string): FieldError[] {
  const errors = validateSchema(root, path)
  return errors.length === 0 && hasRules(root) ? loadedRules().ruleErrors(root, path) : errors
}

function versionErrors(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const { schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = version
  const root = schema?.openAPIV3Schema
  return [
    ...(root ? schemaErrors(root, `${path}.schema.openAPIV3Schema`) : []),
    ...deprecationErrors(version, `${path}.deprecationWarning`),
    ...additionalPrinterColumns.flatMap((column, i) => columnErrors(column, `${path}.additionalPrinterColumns[${i}]`)),
    ...(subresources?.scale ? scaleErrors(subresources.scale, `${path}.subresources.scale`) : []),
    ...selectableErrors(
      selectableFields.map(({ jsonPath }) => jsonPath),
      root,
      `${path}.selectableFields`,
    ),
  ]
}

const maxWarning = 256

/** The warning goes into a header of every answer. */
function deprecationErrors({ deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion, path: string) {
  if (text === undefined) return []
  const bytes = bytesOf(text)
  const hidden = text.search(/\p{C}|(?! )\p{Z}/u)
  const rules: [isBroken: boolean, why: string][] = [
    [!deprecated, 'can only be set for deprecated versions'],
    [bytes > maxWarning, `must be <= ${maxWarning} characters long`],
    [bytes === 0, 'must not be an empty string'],
    [
      hidden >= 0,
      `must only contain printable UTF-8 characters; non-printable character found at index ${bytesOf(text.slice(0, hidden))}`,
    ],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, why]) => fieldError.invalid(path, text, why))
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

function columnErrors(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name, type, format, jsonPath } = column
  const errors: FieldError[] = []
  if (!name) errors.push(fieldError.required(`${path}.name`))
  if (!type) errors.push(fieldError.required(`${path}.type`, `must be one of ${columnTypes.join(',')}`))
  else if (!columnTypes.includes(type))
    errors.push(fieldError.invalid(`${path}.type`, type, `must be one of ${columnTypes.join(',')}`))
  if (format && !columnFormats.includes(format))
    errors.push(fieldError.invalid(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`))
  if (!jsonPath) errors.push(fieldError.required(`${path}.jsonPath`))
  else if (!isPath(jsonPath) || !/^[.[]/.test(jsonPath))
    errors.push(
      fieldError.invalid(`${path}.jsonPath`, jsonPath, 'must be a simple JSON path: fields, indexes, [*] and filters'),
    )
  return errors
}

function isPath(text: string): boolean {
  try {
    parseJsonPath(text)
    return true
  } catch {
    return false
  }
}

function scaleErrors(scale: CustomResourceSubresourceScale, path: string): FieldError[] {
  const rules = [
    { name: 'specReplicasPath', below: ['.spec.'], required: true },
    { name: 'statusReplicasPath', below: ['.status.'], required: true },
    { name: 'labelSelectorPath', below: ['.spec.', '.status.'], required: false },
  ] as const
  return rules.flatMap(({ name, below, required }) => {
    const at = `${path}.${name}`
    const value = scale[name]
    if (!value) return required ? [fieldError.required(at)] : []
    if (!plainPath(value)) return [fieldError.invalid(at, value, 'should be a json path under dot notation')]
    const where = below.map((prefix) => prefix.slice(0, -1)).join(' or ')
    return below.some((prefix) => value.startsWith(prefix))
      ? []
      : [fieldError.invalid(at, value, `should be a json path under ${where}`)]
  })
}

const maxSelectable = 8

function selectableErrors(paths: string[], root: JSONSchemaProps | undefined, path: string): FieldError[] {
  const errors = paths.flatMap((text, i) => {
    const at = `${path}[${i}].jsonPath`
    if (!text) return [fieldError.required(at)]
    if (paths.indexOf(text) < i) return [fieldError.duplicate(at, text)]
    const steps = plainPath(text)
    if (!steps) return [fieldError.invalid(at, text, 'must be a simple path of field names')]
    if (steps[0] === 'metadata') return [fieldError.invalid(at, text, 'must not point to fields in metadata')]
    const target = steps.reduce<JSONSchemaProps | undefined>(propertyOf, root)
    if (!target) return [fieldError.invalid(at, text, `is an invalid path: does not refer to a valid field`)]
    return ['string', 'boolean', 'integer'].includes(target.type ?? '') && !itemsOf(target)
      ? []
      : [fieldError.invalid(at, text, 'must point to a field of type string, boolean or integer')]
  })
  return paths.length > maxSelectable ? [...errors, fieldError.tooMany(path, paths.length, maxSelectable)] : errors
}

/** Objects may still be stored in a version that once was the storage version. */
function storedVersionErrors(versions: readonly CustomResourceDefinitionVersion[], stored: string[]): FieldError[] {
  const storage = versions.find((version) => version.storage)?.name
  const path = 'status.storedVersions'
  const missing = stored.flatMap((name, i) =>
    versions.some((version) => version.name === name)
      ? []
      : [
          fieldError.invalid(
            `${path}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  )
  return storage && stored.length > 0 && !stored.includes(storage)
    ? [...missing, fieldError.invalid(path, stored, `must have the storage version ${storage}`)]
    : missing
}
