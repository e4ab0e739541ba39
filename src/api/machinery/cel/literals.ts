import { regexOf } from '../regex/regex.ts'
import type { Expr } from './ast.ts'
import { parseDuration, parseTimestamp } from './times.ts'

/** Functions whose argument, where it is a literal, must be a right one: it can never be another. */
const readers: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseDuration(text) !== undefined,
  timestamp: (text) => parseTimestamp(text) !== undefined,
  matches: isPattern,
}

function isPattern(text: string): boolean {
  try {
    regexOf(text)
    return true
  } catch (error) {
    // Without the engine it cannot be told; an evaluation will.
    return !(error instanceof SyntaxError)
  }
}

/** The argument of a call that is no right one, if it is a literal. */
export function wrongLiteral(name: string, args: readonly Expr[]): Expr | undefined {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  const argument = args.at(-1)
  if (!read || argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined
  return read(argument.value) ? undefined : argument
}
