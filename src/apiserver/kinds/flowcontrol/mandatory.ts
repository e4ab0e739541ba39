import { type FieldError, fieldError } from '../../../api/errors.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'

/** The error of a mandatory object whose spec is not the one that all servers have. */
export function changedMandatory(
  name: string | undefined,
  spec: unknown,
  mandatory: readonly { metadata: { name: string }; spec: unknown }[],
): FieldError[] {
  const fixed = mandatory.find(({ metadata }) => metadata.name === name)
  return !fixed || jsonEqual(fixed.spec, spec)
    ? []
    : [fieldError.invalid('spec', spec, `spec of '${name}' must equal the fixed value`)]
}
