import { readBytes, readString } from './literal.ts'
import { SyntaxIssue } from './source.ts'
import { Double, intOf, uintOf } from './values.ts'

export type TokenKind = 'ident' | 'quoted-ident' | 'literal' | 'number' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** A symbol, a name, or the text of a literal. */
  readonly text: string
  readonly at: number
  readonly value?: unknown
}

const space = /(?:[ \t\n\r\f]+|\/\/[^\n]*)+/y
const ident = /[_a-zA-Z][_a-zA-Z0-9]*/y
const quotedIdent = /`[a-zA-Z0-9_.\-/ ]+`/y
const number = /0x([0-9a-fA-F]+)(u?)|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|(\d+)(u?)/iy
const symbol = /&&|\|\||==|!=|<=|>=|[<>[\](){},.:?+\-*/%!]/y
const text =
  /([rR]?[bB]?|[bB][rR])("""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')/y
const rawText = /(?:[rR][bB]?|[bB][rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/y

/** The tokens of an expression, with one of kind `end` last. @throws SyntaxIssue */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  for (;;) {
    at += match(space)?.[0].length ?? 0
    if (at >= source.length) break
    const token = textToken(match, at) ?? nameToken(match, at) ?? numberToken(match, at) ?? symbolToken(match, at)
    if (!token) throw new SyntaxIssue(at, `Syntax error: token recognition error at: '${rest(source, at)}'`)
    tokens.push(token)
    at += token.text.length
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length })
  return tokens
}

type Match = (pattern: RegExp) => RegExpExecArray | null

function textToken(match: Match, at: number): Token | undefined {
  const raw = match(rawText)
  const found = raw ?? match(text)
  if (!found) return undefined
  const [whole] = found
  const quoted = (raw ? found[1] : found[2]) ?? ''
  const prefix = whole.slice(0, whole.length - quoted.length).toLowerCase()
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1
  const inner = quoted.slice(width, -width)
  const value = prefix.includes('b')
    ? readBytes(inner, prefix.includes('r'), at)
    : prefix.includes('r')
      ? inner
      : readString(inner, at)
  return { kind: 'literal', text: whole, at, value }
}

const constants = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
])

function nameToken(match: Match, at: number): Token | undefined {
  const name = match(ident)?.[0]
  if (name === undefined) {
    const quoted = match(quotedIdent)?.[0]
    return quoted === undefined ? undefined : { kind: 'quoted-ident', text: quoted, at, value: quoted.slice(1, -1) }
  }
  if (constants.has(name)) return { kind: 'literal', text: name, at, value: constants.get(name) }
  return { kind: name === 'in' ? 'symbol' : 'ident', text: name, at }
}

function numberToken(match: Match, at: number): Token | undefined {
  const found = match(number)
  if (!found) return undefined
  const [whole, hex, hexUnsigned, digits, unsigned] = found
  const integer = hex === undefined ? digits : `0x${hex}`
  if (integer === undefined) return { kind: 'number', text: whole, at, value: Double.of(Number(whole)) }
  // The sign of an integer is known to the parser only.
  const isUnsigned = Boolean(hexUnsigned || unsigned)
  return { kind: 'number', text: whole, at, value: isUnsigned ? unsignedOf(integer, at) : BigInt(integer) }
}

function unsignedOf(digits: string, at: number): unknown {
  const value = uintOf(BigInt(digits))
  if (value === undefined) throw new SyntaxIssue(at, 'Syntax error: invalid uint literal')
  return value
}

/** The value of an integer's token. @throws SyntaxIssue beyond 64 bits */
export function signed(token: Token, negative: boolean): unknown {
  const { value, at } = token
  if (typeof value === 'bigint') {
    const int = intOf(negative ? -value : value)
    if (int === undefined) throw new SyntaxIssue(at, 'Syntax error: invalid int literal')
    return int
  }
  if (!negative) return value
  return Double.of(-Double.numberOf(value))
}

function symbolToken(match: Match, at: number): Token | undefined {
  const found = match(symbol)?.[0]
  return found === undefined ? undefined : { kind: 'symbol', text: found, at }
}

const rest = (source: string, at: number): string => {
  const [character = ''] = source.slice(at, at + 2)
  return character === '"' || character === "'" ? (source.slice(at).split('\n')[0] ?? '') : character
}
