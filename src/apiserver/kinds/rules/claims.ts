import type { PodResourceClaim, ResourceClaim } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain } from '../../../api/names.ts'
import { named } from './checks.ts'
import type { Check } from './walk.ts'

/** Devices that a pod claims, and containers that use what was claimed. */

const label = named(dns1123Label)

export const podClaims: Check<PodResourceClaim[]> = (list = [], field) => {
  const names = new Set<string>()
  return list.flatMap((claim, i) => {
    const at = `${field}[${i}]`
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim
    const errors: FieldError[] = []
    if (!name) errors.push(fieldError.required(`${at}.name`))
    else if (names.has(name)) errors.push(fieldError.duplicate(`${at}.name`, name))
    else errors.push(...label(name, `${at}.name`))
    names.add(name)
    const invalid = (why: string) => errors.push(fieldError.invalid(at, claim, why))
    if (own !== undefined && template !== undefined)
      invalid('at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified')
    if (own === undefined && template === undefined)
      invalid('must specify one of: `resourceClaimName`, `resourceClaimTemplateName`')
    for (const [key, value] of Object.entries({ resourceClaimName: own, resourceClaimTemplateName: template }))
      if (value !== undefined)
        errors.push(...dns1123Subdomain(value).map((problem) => fieldError.invalid(`${at}.${key}`, value, problem)))
    return errors
  })
}

/** The same request of a claim is used once; a claim as a whole, or requests of it. */
export function claimUses(uses: ResourceClaim[], claims: PodResourceClaim[], field: string): FieldError[] {
  const known = claims.map(({ name }) => name).filter(Boolean)
  const seen = new Set<string>()
  return uses.flatMap(({ name, request }, i) => {
    const at = `${field}.claims[${i}]`
    if (!name) return [fieldError.required(at)]
    const errors: FieldError[] = []
    const key = request ? `${name}/${request}` : name
    if (request) errors.push(...label(request, `${at}.request`))
    if (seen.has(name)) errors.push(fieldError.duplicate(at, name))
    else if (seen.has(key)) errors.push(fieldError.duplicate(at, key))
    else if (!request && [...seen].some((other) => other.startsWith(`${name}/`)))
      errors.push(fieldError.duplicate(at, name))
    seen.add(key)
    if (!known.includes(name)) errors.push(unknownClaim(name, known, at))
    return errors
  })
}

function unknownClaim(name: string, known: string[], field: string): FieldError {
  const error = fieldError.notFound(field, name)
  const which = known.length ? `: ${known.sort().join(', ')}` : ' which is empty'
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${which}` }
}
