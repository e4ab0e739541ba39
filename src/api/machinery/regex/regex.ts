import { messageOf } from '../../errors.ts'
import { simplified } from './simple.ts'

/** A regular expression in Go's syntax (RE2), whose work grows with the text and not faster. */
export interface Regex {
  /** Whether it matches a part of a text. */
  test(text: string): boolean
  /** The first matches, not overlapping; all without a limit. */
  find(text: string, limit?: number): string[]
}

type Engine = typeof import('re2js').RE2JS

let engine: Engine | undefined
let loading: Promise<void> | undefined

/** Loads the engine for patterns that JavaScript's own cannot be trusted with. Those who may meet one wait for it. */
export function loadRegexEngine(): Promise<void> {
  loading ??= import('re2js').then(({ RE2JS }) => {
    engine = RE2JS
  })
  return loading
}

/** Whether a test of a pattern may need that engine: JavaScript's own is not fast on all texts. */
export function needsEngine(pattern: string): boolean {
  const simple = simplified(pattern)
  return !simple || simple.degree > 1
}

const known = new Map<string, Regex>()
const maxKnown = 10_000

/** The regular expression of a pattern. @throws SyntaxError with Go's words */
export function regexOf(pattern: string): Regex {
  let regex = known.get(pattern)
  if (!regex) {
    regex = compiled(pattern)
    if (known.size < maxKnown) known.set(pattern, regex)
  }
  return regex
}

/** So many steps JavaScript's engine may take in the worst case: some 100 us. */
const maxSteps = 20_000

function compiled(pattern: string): Regex {
  const simple = simplified(pattern)
  let linear: InstanceType<Engine> | undefined
  const exact = () => {
    linear ??= compile(pattern)
    return linear
  }
  if (!simple) exact()
  return {
    test: (text) =>
      simple && (simple.degree <= 1 || simple.choices * text.length ** simple.degree <= maxSteps)
        ? simple.regex.test(text)
        : exact().matcher(text).find(),
    find(text, limit = Number.POSITIVE_INFINITY) {
      const matcher = exact().matcher(text)
      const found: string[] = []
      while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '')
      return found
    },
  }
}

function compile(pattern: string): InstanceType<Engine> {
  if (!engine) throw new Error('the engine for regular expressions is not loaded')
  try {
    return engine.compile(pattern)
  } catch (error) {
    throw new SyntaxError(messageOf(error))
  }
}
