import type { Entry, Expr } from './ast.ts'
import { signed, type Token, tokensOf } from './lexer.ts'
import { binding, expandMacro } from './macros.ts'
import { SyntaxIssue } from './source.ts'

/** Limits of cel-go: nested calls, chains of operators or members; code points of a text. */
const maxDepth = 250
const maxLength = 100_000

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

const literalsExpected =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

/** The tree of an expression, with its macros expanded; `cel.bind` is one with `bindings`. @throws SyntaxIssue */
export function parse(text: string, bindings: boolean): Expr {
  const length = text.length > maxLength ? [...text].length : 0
  if (length > maxLength)
    throw new SyntaxIssue(0, `expression code point size exceeds limit: size: ${length}, limit ${maxLength}`)
  const parser = new Parser(tokensOf(text), bindings)
  const expr = parser.expression()
  parser.end()
  return expr
}

const relations: Readonly<Record<string, string>> = {
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
  '==': '_==_',
  '!=': '_!=_',
  in: '@in',
}
const sums: Readonly<Record<string, string>> = { '+': '_+_', '-': '_-_' }
const products: Readonly<Record<string, string>> = { '*': '_*_', '/': '_/_', '%': '_%_' }

class Parser {
  readonly #tokens: readonly Token[]
  readonly #bindings: boolean
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[], bindings: boolean) {
    this.#tokens = tokens
    this.#bindings = bindings
  }

  expression(): Expr {
    return this.#nested(() => {
      const condition = this.#logical('||', '_||_', () =>
        this.#logical('&&', '_&&_', () => this.#chain(relations, () => this.#arithmetic())),
      )
      const question = this.#take('?')
      if (!question) return condition
      const yes = this.#logical('||', '_||_', () =>
        this.#logical('&&', '_&&_', () => this.#chain(relations, () => this.#arithmetic())),
      )
      this.#expect(':')
      return { kind: 'call', name: '_?_:_', args: [condition, yes, this.expression()], at: question.at }
    })
  }

  end(): void {
    const token = this.#token
    if (token.kind !== 'end') throw this.#unexpected(token, '<EOF>')
  }

  get #token(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1)
    if (!token) throw new SyntaxIssue(0, 'no tokens')
    return token
  }

  #take(symbol: string): Token | undefined {
    const token = this.#token
    if (token.kind !== 'symbol' || token.text !== symbol) return undefined
    this.#next++
    return token
  }

  #expect(symbol: string): Token {
    const token = this.#take(symbol)
    if (!token) throw this.#unexpected(this.#token, `'${symbol}'`)
    return token
  }

  #unexpected({ at, text }: Token, expected: string): SyntaxIssue {
    return new SyntaxIssue(at, `Syntax error: mismatched input '${text}' expecting ${expected}`)
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > maxDepth)
      throw new SyntaxIssue(this.#token.at, `expression recursion limit exceeded: ${maxDepth}`)
    const result = parse()
    this.#depth--
    return result
  }

  /** A chain of && or || is a balanced tree, however long it is. */
  #logical(symbol: string, name: string, operand: () => Expr): Expr {
    const terms = [operand()]
    const places: number[] = []
    for (let token = this.#take(symbol); token; token = this.#take(symbol)) {
      places.push(token.at)
      terms.push(operand())
    }
    const balanced = (from: number, to: number): Expr => {
      if (from === to) return terms[from] as Expr
      const middle = (from + to) >> 1
      return {
        kind: 'call',
        name,
        args: [balanced(from, middle), balanced(middle + 1, to)],
        at: places[middle] ?? 0,
      }
    }
    return balanced(0, terms.length - 1)
  }

  #chain(operators: Readonly<Record<string, string>>, operand: () => Expr): Expr {
    let left = operand()
    for (let length = 1; ; length++) {
      const token = this.#token
      const name = token.kind === 'symbol' && Object.hasOwn(operators, token.text) ? operators[token.text] : undefined
      if (name === undefined) return left
      if (length > maxDepth) throw new SyntaxIssue(token.at, `expression recursion limit exceeded: ${maxDepth}`)
      this.#next++
      left = { kind: 'call', name, args: [left, operand()], at: token.at }
    }
  }

  #arithmetic(): Expr {
    return this.#chain(sums, () => this.#chain(products, () => this.#unary()))
  }

  #unary(): Expr {
    const token = this.#take('!') ?? this.#take('-')
    if (!token) return this.#member(this.#primary())
    const { text, at } = token
    if (text === '-' && this.#token.kind === 'number') {
      const literal = this.#token
      this.#next++
      return this.#member({ kind: 'literal', value: signed(literal, true), at })
    }
    // Two of the same sign cancel out; the grammar knows no mixture of the two.
    let count = 1
    while (this.#take(text)) count++
    const operand = this.#member(this.#primary())
    return count % 2 === 0 ? operand : { kind: 'call', name: text === '!' ? '!_' : '-_', args: [operand], at }
  }

  /** What follows a primary expression: fields, calls, indices. */
  #member(primary: Expr): Expr {
    let expr = primary
    for (let length = 0; ; length++) {
      if (length > maxDepth) throw new SyntaxIssue(this.#token.at, `expression recursion limit exceeded: ${maxDepth}`)
      const dot = this.#take('.')
      const bracket = dot ? undefined : this.#take('[')
      if (dot) expr = this.#field(expr, dot.at)
      else if (bracket) {
        const name = this.#take('?') ? '_[?_]' : '_[_]'
        const index = this.expression()
        this.#expect(']')
        expr = { kind: 'call', name, args: [expr, index], at: bracket.at }
      } else return expr
    }
  }

  #field(operand: Expr, at: number): Expr {
    const optional = this.#take('?') !== undefined
    const token = this.#token
    if (token.kind !== 'ident' && token.kind !== 'quoted-ident') throw this.#unexpected(token, 'IDENTIFIER')
    this.#next++
    const field = token.kind === 'ident' ? token.text : String(token.value)
    const open = optional || token.kind === 'quoted-ident' ? undefined : this.#take('(')
    if (!open) {
      const select: Expr = { kind: 'select', operand, field, test: false, optional, at }
      return this.#struct(select) ?? select
    }
    const args = this.#list(')', () => this.expression())
    const call: Expr = { kind: 'call', name: field, target: operand, args, at: open.at }
    return (this.#bindings ? binding(call) : undefined) ?? expandMacro(call) ?? call
  }

  #primary(): Expr {
    const token = this.#token
    const { kind, text, at } = token
    this.#next++
    if (kind === 'literal') return { kind: 'literal', value: token.value, at }
    if (kind === 'number') return { kind: 'literal', value: signed(token, false), at }
    if (kind === 'ident') return this.#named(text, at)
    if (kind === 'symbol') {
      if (text === '.' && this.#token.kind === 'ident') {
        const name = this.#token.text
        this.#next++
        return this.#named(name, at)
      }
      if (text === '(') {
        const expr = this.expression()
        this.#expect(')')
        return expr
      }
      if (text === '[') return this.#listLiteral(at)
      if (text === '{') return { kind: 'map', entries: this.#entries(() => this.expression()), at }
    }
    throw this.#unexpected(token, literalsExpected)
  }

  #named(name: string, at: number): Expr {
    const open = this.#take('(')
    if (open) {
      const args = this.#list(')', () => this.expression())
      const call: Expr = { kind: 'call', name, args, at: open.at }
      return expandMacro(call) ?? call
    }
    if (reserved.has(name)) throw new SyntaxIssue(at, `reserved identifier: ${name}`)
    const ident: Expr = { kind: 'ident', name, at }
    return this.#struct(ident) ?? ident
  }

  /** `Object.spec{...}`, where a name stands before the brace. */
  #struct(name: Expr): Expr | undefined {
    const parts: string[] = []
    let expr = name
    while (expr.kind === 'select' && !expr.optional) {
      parts.unshift(expr.field)
      expr = expr.operand
    }
    if (expr.kind !== 'ident') return undefined
    const open = this.#take('{')
    if (!open) return undefined
    const fields = this.#entries(() => this.#fieldName())
    return { kind: 'struct', name: [expr.name, ...parts].join('.'), fields, at: open.at }
  }

  #fieldName(): string {
    const token = this.#token
    if (token.kind !== 'ident' && token.kind !== 'quoted-ident') throw this.#unexpected(token, 'IDENTIFIER')
    this.#next++
    return token.kind === 'ident' ? token.text : String(token.value)
  }

  #listLiteral(at: number): Expr {
    const optional = new Set<number>()
    let count = 0
    const items = this.#list(']', () => {
      if (this.#take('?')) optional.add(count)
      count++
      return this.expression()
    })
    return { kind: 'list', items, optional, at }
  }

  #entries<Key>(key: () => Key): Entry<Key>[] {
    return this.#list('}', () => {
      const optional = this.#take('?') !== undefined
      const start = key()
      const { at } = this.#expect(':')
      return { key: start, value: this.expression(), optional, at }
    })
  }

  /** What stands between commas, up to the closing symbol. One more comma may stand before it. */
  #list<T>(close: string, element: () => T): T[] {
    const elements: T[] = []
    while (!this.#take(close)) {
      if (elements.length > 0) {
        this.#expect(',')
        if (close !== ')' && this.#take(close)) break
      }
      elements.push(element())
    }
    return elements
  }
}
