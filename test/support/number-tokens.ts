/**
 * A second reading of JSON for tests, which knows arbitrary precision: a number is the text it is written with. Objects
 * are lists of members in order.
 */
export type Tokens = string | Tokens[] | { [name: string]: Tokens }

/** Reads a well-formed text; `number` says what to keep of each number. */
export function tokensOf(text: string, number: (written: string) => string = (written) => written): Tokens {
  const lexemes = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)].map(([lexeme]) => lexeme)
  let at = 0
  const next = (): string => lexemes[at++] ?? ''
  const value = (lexeme: string): Tokens => {
    if (lexeme === '[') {
      const items: Tokens[] = []
      for (let token = next(); token !== ']'; token = next()) if (token !== ',') items.push(value(token))
      return items
    }
    if (lexeme === '{') {
      const members: { [name: string]: Tokens } = {}
      for (let token = next(); token !== '}'; token = next()) {
        if (token === ',') continue
        next()
        members[token] = value(next())
      }
      return members
    }
    return /^[-\d]/.test(lexeme) ? number(lexeme) : lexeme
  }
  return value(next())
}

/**
 * How upstream writes a number of a custom resource: an integer of 64 bits with its digits, everything else as Go writes a
 * float64, which is how JavaScript writes it.
 */
export function asUpstream(written: string): string {
  const isInt64 = /^-?\d+$/.test(written) && BigInt.asIntN(64, BigInt(written)) === BigInt(written)
  return isInt64 ? String(BigInt(written)) : JSON.stringify(Number(written))
}
