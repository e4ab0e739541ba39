import { type FieldError, fieldError } from '../../../api/errors.ts'
import { cIdentifier, dns1123Label, dns1123Subdomain, qualifiedName } from '../../../api/names.ts'
import { bytesOf, duplicates, each, given, maxBytes, unique } from '../rules/checks.ts'
import { csiDriverName } from '../rules/disks.ts'
import type { Check } from '../rules/walk.ts'

/** The names that devices, their drivers, pools and properties have, and the limits of lists of them. */

const maxPoolBytes = 253
const maxIdentifierBytes = 32
const maxBindingConditions = 4

/** Upstream has the same rule for drivers of devices as for those of volumes. */
export const driverName = csiDriverName

/** A device, a request, a set of counters. An empty name breaks the rule of labels. */
export const label: Check<string> = (value = '', field) => given(dns1123Label)(value, field)

/** Subdomains with slashes between them. */
export const poolName: Check<string> = (value = '', field) => {
  if (!value) return [fieldError.required(field)]
  return [
    ...maxBytes(maxPoolBytes)(value, field),
    ...value.split('/').flatMap((part) => given(dns1123Subdomain)(part, field)),
  ]
}

/** `[domain/]identifier`: an attribute or a capacity. */
export function propertyName(name: string, field: string): FieldError[] {
  const [first = '', second, ...more] = name.split('/')
  if (more.length) return [fieldError.invalid(field, name, 'must not contain more than one slash')]
  if (second === undefined) return identifier(first, field)
  return [
    ...(first ? driverName(first, field) : [fieldError.invalid(field, '', 'the domain must not be empty')]),
    ...(second ? identifier(second, field) : [fieldError.invalid(field, '', 'the name must not be empty')]),
  ]
}

/** As `propertyName`, with a domain. */
export function fullPropertyName(name: string, field: string): FieldError[] {
  const problems = propertyName(name, field)
  return name.includes('/')
    ? problems
    : [
        ...problems,
        fieldError.invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash'),
      ]
}

const identifier = (name: string, field: string): FieldError[] => [
  ...maxBytes(maxIdentifierBytes)(name, field),
  ...given(cIdentifier)(name, field),
]

/** A list that has at most `most` elements. */
export const atMost =
  (most: number): Check<unknown[]> =>
  (list = [], field) =>
    list.length > most ? [fieldError.tooMany(field, list.length, most)] : []

/** Each element of a list by its key, once. */
export const uniqueBy =
  <V>(keyOf: (value: V) => string): Check<V[]> =>
  (list = [], field) =>
    duplicates(list.map((value, i) => [keyOf(value), `${field}[${i}]`]))

const normalUid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const uidBytes = 36

export const shareId: Check<string> = (value, field) => {
  if (value === undefined || normalUid.test(value)) return []
  const problem =
    bytesOf(value) !== uidBytes
      ? `error validating uid: invalid UUID length: ${bytesOf(value)}`
      : normalUid.test(value.toLowerCase())
        ? 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
        : 'error validating uid: invalid UUID format'
  return [fieldError.invalid(field, value, problem)]
}

interface Binding {
  bindingConditions?: string[]
  bindingFailureConditions?: string[]
}

/** The conditions that a device waits for, and those that end the wait: both or none, of different types. */
export function bindingProblems(value: Binding, field: string): FieldError[] {
  const { bindingConditions: good = [], bindingFailureConditions: bad = [] } = value
  const [goodPath, badPath] = [`${field}.bindingConditions`, `${field}.bindingFailureConditions`]
  const types: Check<string[]> = (list, path) => [
    ...atMost(maxBindingConditions)(list, path),
    ...each(given(qualifiedName))(list, path),
    ...unique(list, path),
  ]
  const overlap = 'bindingFailureConditions must not overlap with bindingConditions'
  return [
    ...types(good, goodPath),
    ...types(bad, badPath),
    ...bad.flatMap((type, i) => (good.includes(type) ? [fieldError.invalid(`${badPath}[${i}]`, type, overlap)] : [])),
    ...(good.length || !bad.length
      ? []
      : [fieldError.invalid(goodPath, good, 'bindingConditions are required to use bindingFailureConditions')]),
    ...(bad.length || !good.length
      ? []
      : [fieldError.invalid(badPath, bad, 'bindingFailureConditions are required to use bindingConditions')]),
  ]
}
