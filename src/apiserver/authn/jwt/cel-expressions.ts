import { celTypes, compile, environment, type Program } from '../../../api/machinery/cel/index.ts'
import type { ExpressionCompiler } from './expressions.ts'

const { string, dyn, bool, listOf, mapOf, objectOf } = celTypes

/** The compiler of expressions in an AuthenticationConfiguration, with Kubernetes' functions. */
export function celExpressions(): ExpressionCompiler {
  const user = objectOf('kubernetes.UserInfo', {
    username: string,
    uid: string,
    groups: listOf(string),
    extra: mapOf(string, listOf(string)),
  })
  const environments = {
    claims: environment({ claims: mapOf(string, dyn) }),
    user: environment({ user }),
  }
  return (text, variable, yields) => {
    const result = compile(text, environments[variable])
    if ('failure' in result) throw new Error(`compilation failed: ${result.failure.message}`)
    const { program } = result
    if (yields === 'bool' && !isBool(program)) throw new Error('must evaluate to bool')
    return (value) => program.evaluate([value])
  }
}

/** What a claim holds is known only when it is there. */
const isBool = ({ type }: Program): boolean => celTypes.sameType(type, bool) || celTypes.sameType(type, dyn)
