/** One thing wrong with an expression's text. */
export interface Issue {
  /** Offset in the text. */
  readonly at: number
  readonly message: string
}

/** Ends the compilation of an expression. */
export class SyntaxIssue extends Error implements Issue {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

const maxSnippet = 16_384

/** The issues as cel-go shows them: line, column, and a caret below the place, for each. */
export function displayIssues(text: string, issues: readonly Issue[]): string {
  return issues.map((issue) => display(text, issue)).join('\n')
}

function display(text: string, { at, message }: Issue): string {
  const before = text.slice(0, at)
  const start = before.lastIndexOf('\n') + 1
  const lineNumber = before.split('\n').length
  const column = [...text.slice(start, at)].length
  const end = text.indexOf('\n', start)
  const line = text.slice(start, end < 0 ? undefined : end).replaceAll('\t', ' ')
  const title = `ERROR: <input>:${lineNumber}:${column + 1}: ${message}`
  if (line.length > maxSnippet || text === '') return title
  const characters = [...line]
  const wide = (character: string | undefined) => character !== undefined && character > '\x7f'
  const dots = characters.slice(0, column).map((character) => (wide(character) ? '\uff0e' : '.'))
  return `${title}\n | ${line}\n | ${dots.join('')}${wide(characters[column]) ? '\uff3e' : '^'}`
}
