import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'

const path = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"

/** The name of a responsible party: `acme.io/foo`. It may be absent, but not empty. */
export function domainPath(value: string | undefined, field: string): FieldError[] {
  if (value === undefined) return []
  if (!value) return [fieldError.required(field)]
  const at = value.indexOf('/')
  const [host, rest] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)]
  if (!host || !rest)
    return [fieldError.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  return [
    ...dns1123Subdomain(host).map((problem) => fieldError.invalid(field, host, problem)),
    ...(new RegExp(`^${path}$`).test(rest)
      ? []
      : [fieldError.invalid(field, rest, `Invalid path (regex used for validation is '${path}')`)]),
  ]
}
