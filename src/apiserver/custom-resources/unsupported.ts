import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../api/errors.ts'
import { childrenOf } from './schema-children.ts'

/**
 * Features of a definition that this server lacks. It refuses such a definition: storing objects that its rules forbid, or
 * serving versions without conversion, would be worse than no definition at all.
 */
export function unsupportedOf({ spec }: Pick<CustomResourceDefinition, 'spec'>): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, { schema }] of spec.versions.entries())
    if (schema?.openAPIV3Schema) rules(schema.openAPIV3Schema, `spec.versions[${i}].schema.openAPIV3Schema`, errors)
  return errors
}

function rules(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  if (schema['x-kubernetes-validations']?.length)
    errors.push(
      fieldError.forbidden(
        `${path}.x-kubernetes-validations`,
        'CEL validation rules are not supported by k8ts yet, and would not be enforced: leave them out to use this definition without them',
      ),
    )
  for (const { schema: child, path: at } of childrenOf(schema, path)) rules(child, at, errors)
}
