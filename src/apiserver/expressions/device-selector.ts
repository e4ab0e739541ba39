import { type FieldError, fieldError } from '../../api/errors.ts'
import { compile, type Environment, environment, estimateCost, celTypes as t } from '../../api/machinery/cel/index.ts'

/** Bounds of resource.k8s.io: of names and values, of attributes of a device, of what a selector may cost. */
const maxDomain = 63
const maxId = 32
const maxValue = 64
const maxAttributes = 32
const maxCost = 1_000_000

const text = (maxSize: number): t.CelType => ({ ...t.string, maxSize })

/** By domain, then by name. */
const byName = (value: t.CelType): t.CelType => {
  const inner: t.CelType = { ...t.mapOf(text(maxId), value), maxSize: maxAttributes }
  return { ...t.mapOf(text(maxDomain), inner), maxSize: maxAttributes }
}

let known: Environment | undefined

function deviceEnvironment(): Environment {
  known ??= environment(
    {
      device: t.objectOf('kubernetes.DRADevice', {
        driver: text(maxDomain),
        attributes: byName({ ...t.dyn, maxSize: maxValue }),
        capacity: byName(t.opaque('kubernetes.Quantity')),
        allowMultipleAllocations: t.bool,
      }),
    },
    { bindings: true },
  )
  return known
}

/** What is wrong with the expression of a device selector. */
export function deviceSelectorErrors(expression: string, field: string): FieldError[] {
  const result = compile(expression, deviceEnvironment())
  if ('failure' in result)
    return [fieldError.invalid(field, expression, `compilation failed: ${result.failure.message}`)]
  const { type, expr } = result.program
  if (type.kind !== 'bool' && type.kind !== 'dyn')
    return [fieldError.invalid(field, expression, `must evaluate to bool or the unknown type, not ${t.typeText(type)}`)]
  return estimateCost(expr).max > maxCost ? [fieldError.forbidden(field, 'too complex, exceeds cost limit')] : []
}
