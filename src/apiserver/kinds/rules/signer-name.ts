import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain } from '../../../api/names.ts'

const maxDomain = 253
/** A domain, a slash, a namespace, a dot and a name, each at its longest. */
const maxName = 571

/** The name of a signer of certificates: `example.com/signer`. */
export function signerName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [fieldError.required(field)]
  const parts = name.split('/')
  const [domain = '', path = ''] = parts
  if (parts.length !== 2)
    return [
      fieldError.invalid(
        field,
        name,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    ]
  const errors = domain.length > maxDomain ? [fieldError.tooLong(field, maxDomain)] : []
  const labels = domain.split('.')
  errors.push(...firstBad(labels, dns1123Label, domain, field))
  if (labels.length < 2)
    errors.push(fieldError.invalid(field, domain, 'should be a domain with at least two segments separated by dots'))
  errors.push(...firstBad(path.split('.'), dns1123Subdomain, path, field))
  if (name.length > maxName) errors.push(fieldError.tooLong(field, maxName))
  return errors
}

function firstBad(labels: string[], rule: (label: string) => string[], shown: string, field: string): FieldError[] {
  const bad = labels.find((label) => rule(label).length > 0)
  return bad === undefined
    ? []
    : rule(bad).map((problem) =>
        fieldError.invalid(field, shown, `validating label ${JSON.stringify(bad)}: ${problem}`),
      )
}
