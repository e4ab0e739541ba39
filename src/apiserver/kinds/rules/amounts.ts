import { ResourceRequirements } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import { notNegativeQuantity, quantityOf, uniqueNames } from './checks.ts'
import { rule } from './walk.ts'

/** Resources without a domain that containers can ask for. */
const standard = ['cpu', 'memory', 'ephemeral-storage']
const isHuge = (name: string) => name.startsWith('hugepages-')
const isNative = (name: string) => !name.includes('/') || name.split('/')[0]?.endsWith('kubernetes.io') === true
/** Resources of device plugins: whole numbers, never more limit than request. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0

const notStandard = 'must be a standard resource type or fully qualified'

export function resourceName(name: string, field: string, known: readonly string[], what: string): FieldError[] {
  const problems = qualifiedName(name)
  if (problems.length) return problems.map((problem) => fieldError.invalid(field, name, problem))
  if (known.includes(name) || isHuge(name)) return []
  if (!name.includes('/')) return [fieldError.invalid(field, name, notStandard)]
  return isNative(name) && !known.includes(name) && !isExtended(name) && what
    ? [fieldError.invalid(field, name, `must be a standard resource for ${what}`)]
    : []
}

const wholeNumber = (name: string, text: string, field: string): FieldError[] => {
  const amount = quantityOf(text)
  const fractional = amount && amount.nano % 1_000_000_000n !== 0n
  return fractional && (isExtended(name) || isHuge(name)) ? [fieldError.invalid(field, text, 'must be an integer')] : []
}

/** Amounts of resources: names, signs, whole numbers. */
export function amounts(map: Record<string, string> | undefined, field: string): FieldError[] {
  return Object.entries(map ?? {}).flatMap(([name, text]) => [
    ...resourceName(name, field, standard, 'containers'),
    ...notNegativeQuantity(text, `${field}[${name}]`),
    ...wholeNumber(name, text, `${field}[${name}]`),
  ])
}

export const amountRules = [
  rule(
    ResourceRequirements,
    { limits: amounts, requests: amounts, claims: uniqueNames },
    ({ limits = {}, requests = {} }, field) => {
      const errors: FieldError[] = []
      for (const [name, text] of Object.entries(requests)) {
        const limit = limits[name]
        const [asked, most] = [quantityOf(text), quantityOf(limit)]
        const whole = isExtended(name) || isHuge(name)
        if (!most && whole)
          errors.push(fieldError.required(`${field}.limits`, 'Limit must be set for non overcommitable resources'))
        if (!asked || !most) continue
        const order = asked.compare(most)
        if (order > 0)
          errors.push(
            fieldError.invalid(`${field}.requests`, text, `must be less than or equal to ${name} limit of ${limit}`),
          )
        else if (order < 0 && whole)
          errors.push(fieldError.invalid(`${field}.requests`, text, `must be equal to ${name} limit of ${limit}`))
      }
      const names = [...Object.keys(limits), ...Object.keys(requests)]
      if (names.some(isHuge) && !names.includes('cpu') && !names.includes('memory'))
        errors.push(fieldError.forbidden(field, 'HugePages require cpu or memory'))
      return errors
    },
  ),
]
