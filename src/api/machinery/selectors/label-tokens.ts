/** A piece of a label selector's text. */
export interface Token {
  kind: 'word' | 'operator' | 'punctuation' | 'end'
  text: string
}

const token = /\s*(?:([!=<>]+)|([(),])|([^\s!=<>(),]+))/y
const symbols = new Set(['!', '=', '==', '!=', '<', '>'])

/** Cuts a label selector into words, operators and punctuation. Other signs (`=!`) make one odd token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [, symbol, punctuation, word = ''] = match
    if (symbol) tokens.push(...splitSymbols(symbol))
    else if (punctuation) tokens.push({ kind: 'punctuation', text: punctuation })
    else tokens.push({ kind: word === 'in' || word === 'notin' ? 'operator' : 'word', text: word })
  }
  return tokens
}

/** The longest operators from the left: `=!` is `=` and `!`. */
function splitSymbols(text: string): Token[] {
  if (text === '') return []
  const length = symbols.has(text.slice(0, 2)) && text.length > 1 ? 2 : 1
  return [{ kind: 'operator', text: text.slice(0, length) }, ...splitSymbols(text.slice(length))]
}
