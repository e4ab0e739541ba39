import { typeNameOf } from './values.ts'

/** What an expression answers in the place of a value: && and || may pass over it. The message is cel-go's. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
}

/** An evaluation that costs more than it may. Nothing in the expression can catch it. */
export class CostExceeded extends Error {
  override readonly name = 'CostExceeded'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** An evaluation that has to wait for an answer, and then to begin again. Nothing in the expression can catch it. */
export class Pending extends Error {
  override readonly name = 'Pending'
  readonly answer: Promise<unknown>
  constructor(answer: Promise<unknown>) {
    super('the answer of the authorizer has not come yet')
    this.answer = answer
  }
}

/** An error without a stack: an expression may make many of them, and nobody reads where. */
export function failure(message: string): EvaluationError {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = new EvaluationError(message)
  Error.stackTraceLimit = stackTraceLimit
  return error
}

export const noSuchKey = (key: unknown): EvaluationError => failure(`no such key: ${String(key)}`)

/** The error of a function that is called with values of types it does not take. */
export function noSuchOverload(name?: string, args: readonly unknown[] = []): EvaluationError {
  return failure(
    name === undefined ? 'no such overload' : `no such overload: ${name}(${args.map(typeNameOf).join(', ')})`,
  )
}
