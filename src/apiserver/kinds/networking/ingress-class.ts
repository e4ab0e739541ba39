import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, dns1123Subdomain, pathSegmentName, patternMessage } from '../../../api/names.ts'
import {
  type IngressClass,
  IngressClasses,
  IngressClassParametersReference,
  IngressClassSpec,
} from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { among, given, maxBytes, named, needs, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, none } from '../table.ts'

export const ingressClasses: Kind<IngressClass> = {
  type: IngressClasses,
  singular: 'ingressclass',
  columns: [
    nameColumn(),
    column('Controller', ({ spec }) => spec.controller ?? ''),
    column('Parameters', ({ spec: { parameters } }) =>
      parameters
        ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`
        : none,
    ),
    ageColumn(),
  ],
  rules: [
    rule(IngressClassSpec, { controller }),
    rule(
      IngressClassParametersReference,
      {
        apiGroup: given(dns1123Subdomain),
        kind: needs(named(pathSegmentName)),
        name: needs(named(pathSegmentName)),
        scope: among('Cluster', 'Namespace'),
      },
      ({ scope, namespace }, field) => {
        const at = `${field}.namespace`
        if (scope === 'Namespace')
          return namespace === undefined
            ? [fieldError.required(at, "`parameters.scope` is set to 'Namespace'")]
            : given(dns1123Label)(namespace, at)
        return scope === 'Cluster' && namespace !== undefined
          ? [fieldError.forbidden(at, "`parameters.scope` is set to 'Cluster'")]
          : []
      },
    ),
  ],
  validateUpdate: (now, old) => unchanged(now.spec?.controller, old.spec.controller, 'spec.controller'),
}

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const isPath = new RegExp(`^${pathFormat}$`)

/** A path below a domain. */
function controller(value: string | undefined, field: string): FieldError[] {
  if (!value) return [fieldError.required(field)]
  const errors = maxBytes(250)(value, field)
  const [host = '', ...rest] = value.split('/')
  const path = rest.join('/')
  if (!host || !path)
    return [...errors, fieldError.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  errors.push(...dns1123Subdomain(host).map((problem) => fieldError.invalid(field, host, problem)))
  if (!isPath.test(path)) errors.push(fieldError.invalid(field, path, patternMessage('Invalid path', pathFormat)))
  return errors
}
