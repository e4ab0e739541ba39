import { type FieldError, fieldError } from '../../../api/errors.ts'
import { parseCidr } from '../../../api/ip.ts'
import { type ServiceCIDR, ServiceCIDRs } from '../../../api/networking/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { immutable } from '../rules/checks.ts'
import { canonicalCidrProblem } from '../rules/network.ts'
import { column, nameAndAge } from '../table.ts'

const at = 'spec.cidrs'

export const serviceCIDRs: Kind<ServiceCIDR> = {
  type: ServiceCIDRs,
  singular: 'servicecidr',
  generation: 'none',
  hasStatus: true,
  columns: nameAndAge(column('CIDRs', ({ spec }) => spec.cidrs?.join(',') ?? '')),
  validate: ({ spec }, old) => (old ? [] : rangeProblems(spec?.cidrs ?? [])),
  validateUpdate,
}

function rangeProblems(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [fieldError.required(at, 'at least one CIDR required')]
  if (cidrs.length > 2) return [fieldError.invalid(at, { cidrs }, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((text, i) =>
    canonicalCidrProblem(text).map((problem) => fieldError.invalid(`${at}[${i}]`, text, problem)),
  )
  const [first, second] = cidrs.map((text) => parseCidr(text)?.family)
  return first && first === second
    ? [
        ...errors,
        fieldError.invalid(
          at,
          cidrs,
          'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
        ),
      ]
    : errors
}

/** A second range makes Services dual-stack; nothing else may change. */
function validateUpdate(now: ServiceCIDR, old: Stored<ServiceCIDR>): FieldError[] {
  const [cidrs, before] = [now.spec?.cidrs ?? [], old.spec.cidrs ?? []]
  const isGrown = before.length === 1 && cidrs.length === 2
  if (cidrs.length !== before.length && !isGrown) return [fieldError.invalid(at, cidrs, immutable)]
  const changed = before.flatMap((text, i) =>
    cidrs[i] === text ? [] : [fieldError.invalid(`${at}[${i}]`, cidrs[i], immutable)],
  )
  return isGrown ? [...changed, ...rangeProblems(cidrs)] : changed
}
