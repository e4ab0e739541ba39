import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import { type PriorityClass, PriorityClasses } from '../../../api/scheduling/v1/index.ts'
import type { Kind } from '../kind.ts'
import { oneOf, unchanged } from '../rules/checks.ts'
import { ageColumn, boolean, column, integer, nameColumn } from '../table.ts'

export const priorityClasses: Kind<PriorityClass> = {
  type: PriorityClasses,
  singular: 'priorityclass',
  shortNames: ['pc'],
  createOnUpdate: true,
  generation: 'all',
  columns: [
    nameColumn(),
    integer('Value', (priority) => priority.value ?? 0),
    boolean('Global-Default', (priority) => priority.globalDefault ?? false),
    ageColumn(),
    column('PreemptionPolicy', (priority) => priority.preemptionPolicy ?? 'PreemptLowerPriority'),
  ],
  validate,
  validateUpdate,
}

const userPriorityLimit = 1_000_000_000

const systemClasses: Record<string, number> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

function validate({ metadata, value = 0, preemptionPolicy, globalDefault = false }: PriorityClass): FieldError[] {
  const name = metadata?.name ?? ''
  const errors = oneOf('Never', 'PreemptLowerPriority')(preemptionPolicy, 'preemptionPolicy')
  if (name.startsWith('system-')) {
    const why = systemProblem(name, value, globalDefault)
    if (why)
      errors.push(
        fieldError.forbidden(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
        ),
      )
  } else if (value > userPriorityLimit)
    errors.push(
      fieldError.forbidden('value', `maximum allowed value of a user defined priority is ${userPriorityLimit}`),
    )
  return errors
}

function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = systemClasses[name]
  if (known === undefined) return `${name} is not a known system priority class`
  if (known !== value) return `value of ${name} PriorityClass must be ${known}`
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

function validateUpdate(now: PriorityClass, old: Stored<PriorityClass>): FieldError[] {
  return [
    ...((now.value ?? 0) === (old.value ?? 0)
      ? []
      : [fieldError.forbidden('value', 'may not be changed in an update.')]),
    ...unchanged(
      now.preemptionPolicy ?? 'PreemptLowerPriority',
      old.preemptionPolicy ?? 'PreemptLowerPriority',
      'preemptionPolicy',
    ),
  ]
}
