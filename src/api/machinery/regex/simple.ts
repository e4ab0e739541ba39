/** A pattern as JavaScript's engine takes it. */
export interface Simple {
  readonly regex: RegExp
  /** A match of n characters takes, at worst, `choices` times n to the power of `degree` steps. */
  readonly degree: number
  readonly choices: number
}

const known = new Map<string, Simple | undefined>()

/**
 * The same pattern for JavaScript's engine, if it is one of those whose worst case is known: no repetition inside another,
 * nothing that the two spell differently. Undefined for all others, and for what is no pattern.
 */
export function simplified(pattern: string): Simple | undefined {
  if (!known.has(pattern) && known.size < 10_000) known.set(pattern, simplify(pattern))
  return known.has(pattern) ? known.get(pattern) : simplify(pattern)
}

/** The pieces of a pattern, in order of trial. What none of them takes is not simple. */
const pieces =
  /\\[dDwW]|\\s|\\[.+*?()[\]{}|^$\\\-/]|\[\^?(?:\\[dDwW.+*?()[\]{}|^$\\\-/]|[^\\[\]&~])+\]|\(\?:|[()|^$.]|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??|[^\\[\](){}|^$.*+?]/gu

const replacements: Readonly<Record<string, string>> = {
  '.': '[^\\n]',
  '\\s': '[\\t\\n\\f\\r ]',
  '(': '(?:',
  '/': '/',
  '\\-': '-',
}

interface Group {
  /** Whether there is a choice in it: then nothing may repeat it. */
  branches: boolean
  alternatives: number
}

function simplify(pattern: string): Simple | undefined {
  const tokens = pattern.match(pieces) ?? []
  if (tokens.join('') !== pattern) return undefined
  const groups: Group[] = [{ branches: false, alternatives: 1 }]
  let [choices, degree] = [1, 0]
  let closed: Group | undefined
  for (const token of tokens) {
    const top = groups.at(-1)
    if (!top) return undefined
    if (token === '|') top.alternatives++
    if (token === '?' || token === '??') choices *= 2
    if (/^[*+{]/.test(token)) {
      if (closed?.branches) return undefined
      degree++
    }
    if (/^[*+?{|]/.test(token)) top.branches = true
    if (token.startsWith('(')) groups.push({ branches: false, alternatives: 1 })
    closed = token === ')' ? groups.pop() : undefined
    if (!closed) continue
    choices *= closed.alternatives
    const outer = groups.at(-1)
    if (closed.branches && outer) outer.branches = true
  }
  const [whole, ...open] = groups
  if (!whole || open.length > 0 || choices > maxChoices) return undefined
  // Where a pattern may begin anywhere, each start is tried.
  const isAnchored = pattern.startsWith('^') && whole.alternatives === 1
  try {
    const regex = new RegExp(tokens.map((token) => replacements[token] ?? token).join(''), 'u')
    return { regex, choices: choices * whole.alternatives, degree: degree + (isAnchored ? 0 : 1) }
  } catch {
    return undefined
  }
}

const maxChoices = 256
