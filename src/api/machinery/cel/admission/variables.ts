import { failure } from '../errors.ts'
import { type CelType, celTypes, EvaluationError, type Meter } from '../index.ts'
import { admissionEnvironment, type Scope } from './environment.ts'
import { type Expression, expressionOf, type Values } from './expression.ts'

/** A policy's variables in order, and their types. */
export interface Variables {
  readonly expressions: readonly { readonly name: string; readonly expression: Expression }[]
  readonly types: Readonly<Record<string, CelType>>
}

/** Compiles the variables of a policy. Each may speak of those before it. */
export function variablesOf(
  list: readonly { name: string; expression: string }[] | undefined,
  scope: Scope,
): Variables {
  const types: Record<string, CelType> = {}
  const expressions = (list ?? []).map(({ name, expression: text }) => {
    const expression = expressionOf(text, admissionEnvironment({ ...scope, variables: { ...types } }), [])
    types[name] = expression.program?.type ?? celTypes.dyn
    return { name, expression }
  })
  return { expressions, types }
}

/** The value of `variables`: each is evaluated when it is first read, at the cost of the expression that reads it. */
export function lazyVariables({ expressions }: Variables, values: Values, meter: Meter): Record<string, unknown> {
  const variables: Record<string, unknown> = Object.create(null)
  const all: Values = { ...values, variables }
  for (const { name, expression } of expressions) {
    let known: { value: unknown } | { error: EvaluationError } | undefined
    Object.defineProperty(variables, name, {
      enumerable: true,
      get() {
        known ??= evaluated(name, expression, all, meter)
        if ('error' in known) throw known.error
        return known.value
      },
    })
  }
  return variables
}

function evaluated(name: string, { program, takes, error }: Expression, values: Values, meter: Meter) {
  if (!program) return { error: failure(`composited variable "${name}" fails to compile: ${error}`) }
  try {
    return {
      value: program.evaluate(
        takes.map((variable) => values[variable]),
        meter,
      ),
    }
  } catch (thrown) {
    if (!(thrown instanceof EvaluationError)) throw thrown
    return { error: failure(`composited variable "${name}" fails to evaluate: ${thrown.message}`) }
  }
}
