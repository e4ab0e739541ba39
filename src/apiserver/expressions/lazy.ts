import { loadRegexEngine } from '../../api/machinery/regex/regex.ts'

/** The part that compiles expressions. A server that has no policies and no match conditions never loads it. */
type Checks = typeof import('./checks.ts')

let checks: Checks | undefined
let loading: Promise<void> | undefined

/** Loads it. Undefined if it is there. */
export function loadExpressions(): Promise<void> | undefined {
  if (checks) return undefined
  loading ??= Promise.all([import('./checks.ts'), loadRegexEngine()]).then(([module]) => {
    checks = module
  })
  return loading
}

/** @throws Error before `loadExpressions` has loaded it */
export function loadedExpressions(): Checks {
  if (!checks) throw new Error('the compiler of expressions is not loaded')
  return checks
}
