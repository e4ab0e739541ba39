/** Evaluates a compiled expression with its one variable. @throws Error when it has no value */
export type Expression = (value: unknown) => unknown

/**
 * Compiles a CEL expression over `claims` or `user`, whose value has to be a bool, or may be anything.
 * @throws Error that says what is wrong with it
 */
export type ExpressionCompiler = (expression: string, variable: 'claims' | 'user', yields: 'bool' | 'any') => Expression

/** Where there is no evaluator. */
export const noExpressions: ExpressionCompiler = () => {
  throw new Error('this server evaluates no CEL expressions in its authentication configuration')
}

/** Loads the evaluator of CEL. A server without a structured configuration does without it. */
export async function loadExpressionCompiler(): Promise<ExpressionCompiler> {
  const [{ celExpressions }, { loadRegexEngine }] = await Promise.all([
    import('./cel-expressions.ts'),
    import('../../../api/machinery/regex/regex.ts'),
  ])
  await loadRegexEngine()
  return celExpressions()
}
