import type { ValidationRule } from '../../../api/apiextensions/v1/index.ts'
import { compile, environment, estimateCost, type Program } from '../../../api/machinery/cel/index.ts'
import { type CelType, optionalOf } from '../../../api/machinery/cel/types.ts'

/** A rule of a schema, ready to run, or with what is wrong with it. */
export interface CompiledRule {
  readonly rule: ValidationRule
  /** Undefined with `error`, and for an empty rule. */
  readonly program?: Program
  readonly error?: string
  readonly message?: Program
  readonly messageError?: string
  readonly usesOldSelf: boolean
  /** What one evaluation costs at most, by the bounds of the schema. */
  readonly cost: number
  readonly messageCost: number
}

/** Compiles the rules of one schema, whose values have this type. */
export function compileRules(rules: readonly ValidationRule[], type: CelType): CompiledRule[] {
  const plain = environment({ self: type, oldSelf: type })
  const optional = environment({ self: type, oldSelf: optionalOf(type) })
  return rules.map((rule) => {
    const env = rule.optionalOldSelf ? optional : plain
    const test = compiled(rule.rule, env, 'bool', 'cel expression must evaluate to a bool')
    const message = compiled(
      rule.messageExpression ?? '',
      env,
      'string',
      'messageExpression must evaluate to a string',
      'messageExpression compilation failed: ',
    )
    return {
      rule,
      ...(test.program && { program: test.program }),
      ...(test.error !== undefined && { error: test.error }),
      ...(message.program && { message: message.program }),
      ...(message.error !== undefined && { messageError: message.error }),
      usesOldSelf: (test.program?.uses('oldSelf') || message.program?.uses('oldSelf')) ?? false,
      cost: test.program ? estimateCost(test.program.expr).max : 0,
      messageCost: message.program ? estimateCost(message.program.expr).max : 0,
    }
  })
}

function compiled(
  text: string,
  env: ReturnType<typeof environment>,
  kind: CelType['kind'],
  wrongType: string,
  prefix = 'compilation failed: ',
): { program?: Program; error?: string } {
  if (text.trim() === '') return {}
  const result = compile(text, env)
  if ('failure' in result) return { error: `${prefix}${result.failure.message}` }
  return result.program.type.kind === kind ? { program: result.program } : { error: wrongType }
}
