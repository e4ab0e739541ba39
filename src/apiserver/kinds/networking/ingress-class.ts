import { fieldError } from '../../../api/errors.ts'
import { type IngressClass, IngressClasses, IngressClassSpec } from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
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
    rule(IngressClassSpec, {
      controller: (value, field) => {
        if (!value) return [fieldError.required(field)]
        return value.length > 250
          ? [fieldError.tooLong(field, 250)]
          : value.includes('/')
            ? []
            : [fieldError.invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
      },
    }),
  ],
}
