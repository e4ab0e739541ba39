import type { ResourceRequirements } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import { notNegativeQuantity, quantityOf } from './checks.ts'
import { counted, isQuotaName } from './quota-names.ts'

/** Amounts of resources: which names there are, and what may be said of each. */

const ofContainers = ['cpu', 'memory', 'ephemeral-storage']
const isHuge = (name: string): boolean => name.startsWith('hugepages-')
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')
/** Resources of device plugins. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0
/** Whether there may be more limit than request. */
export const canOvercommit = (name: string): boolean => isNative(name) && !isHuge(name)

/** A resource of any kind: qualified by a domain, or one that the system knows. */
export function resourceName(name: string, field: string): FieldError[] {
  const problems = qualifiedName(name)
  if (problems.length) return problems.map((problem) => fieldError.invalid(field, name, problem))
  return name.includes('/') || isQuotaName(name) || name === 'storage'
    ? []
    : [fieldError.invalid(field, name, 'must be a standard resource type or fully qualified')]
}

export function containerResource(name: string, field: string): FieldError[] {
  const errors = resourceName(name, field)
  if (!name.includes('/')) {
    if (!ofContainers.includes(name) && !isHuge(name))
      errors.push(fieldError.invalid(field, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name))
    errors.push(fieldError.invalid(field, name, "doesn't follow extended resource name standard"))
  return errors
}

/** What a pod as a whole can ask for. */
export function podResource(name: string, field: string): FieldError[] {
  const errors = resourceName(name, field)
  if (errors.length || name === 'cpu' || name === 'memory' || isHuge(name)) return errors
  return [fieldError.notSupported(field, name, ['cpu', 'hugepages-', 'memory'])]
}

const unit = 1_000_000_000n

/** Not negative, and whole where there are only whole ones. */
export function amount(name: string, text: string, field: string): FieldError[] {
  const errors = notNegativeQuantity(text, field)
  const fractional = (quantityOf(text)?.nano ?? 0n) % unit !== 0n
  if (fractional && (counted.includes(name) || isExtended(name)))
    errors.push(fieldError.invalid(field, text, 'must be an integer'))
  return errors
}

type NameRule = (name: string, field: string) => FieldError[]

/** Amounts by their names. */
export function amounts(map: Record<string, string> | undefined, field: string, nameRule: NameRule): FieldError[] {
  return Object.entries(map ?? {}).flatMap(([name, text]) => {
    const at = `${field}[${name}]`
    return [...nameRule(name, at), ...amount(name, text, at), ...(isHuge(name) ? wholePages(name, text, at) : [])]
  })
}

function wholePages(name: string, text: string, field: string): FieldError[] {
  const page = quantityOf(name.slice('hugepages-'.length))?.nano ?? 0n
  const asked = quantityOf(text)?.nano ?? 0n
  return page > 0n && page % unit === 0n && asked % page === 0n
    ? []
    : [fieldError.invalid(field, text, `${text} is not positive integer multiple of ${name}`)]
}

/** Requests and limits of a container, or of a pod. */
export function requirements(
  { limits = {}, requests = {} }: ResourceRequirements,
  field: string,
  nameRule: NameRule,
): FieldError[] {
  const errors = [
    ...amounts(limits, `${field}.limits`, nameRule),
    ...amounts(requests, `${field}.requests`, nameRule),
    ...Object.entries(requests).flatMap(([name, text]) => againstLimit(name, text, limits[name], field)),
  ]
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHuge) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(fieldError.forbidden(field, 'HugePages require cpu or memory'))
  return errors
}

function againstLimit(name: string, request: string, limit: string | undefined, field: string): FieldError[] {
  const [asked, most] = [quantityOf(request), quantityOf(limit)]
  const fixed = !canOvercommit(name)
  if (!most)
    return fixed ? [fieldError.required(`${field}.limits`, 'Limit must be set for non overcommitable resources')] : []
  const order = asked?.compare(most) ?? 0
  if (order !== 0 && fixed)
    return [fieldError.invalid(`${field}.requests`, request, `must be equal to ${name} limit of ${limit}`)]
  return order > 0
    ? [fieldError.invalid(`${field}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)]
    : []
}
