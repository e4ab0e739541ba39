/** Evaluates a compiled expression with its one variable. @throws Error when it has no value */
export type Expression = (value: unknown) => unknown

/** Compiles a CEL expression over `claims` or `user`. @throws Error that says what is wrong with it */
export type ExpressionCompiler = (expression: string, variable: 'claims' | 'user') => Expression

/** Where there is no evaluator. */
export const noExpressions: ExpressionCompiler = () => {
  throw new Error('this server evaluates no CEL expressions in its authentication configuration')
}
