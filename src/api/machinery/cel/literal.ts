import { SyntaxIssue } from './source.ts'

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}

const escapeForm =
  /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/gu

/** What an escape stands for: a code point, which in bytes is one byte if it is written as `\x` or octal. */
function* pieces(inner: string, at: number): Generator<string | number> {
  let last = 0
  for (const found of inner.matchAll(escapeForm)) {
    if (found.index > last) yield inner.slice(last, found.index)
    last = found.index + found[0].length
    const [, x, bigX, u, bigU, octal, plain] = found
    const hex = x ?? bigX
    if (hex !== undefined) yield Number.parseInt(hex, 16)
    else if (octal !== undefined) yield Number.parseInt(octal, 8)
    else if (plain === undefined) yield codePoint(u ?? bigU ?? '', at)
    else {
      const character = escapes[plain]
      if (character === undefined) throw new SyntaxIssue(at, `Syntax error: token recognition error at: '\\${plain}'`)
      yield character
    }
  }
  if (last < inner.length) yield inner.slice(last)
}

function codePoint(hex: string, at: number): string {
  const value = Number.parseInt(hex, 16)
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) throw new SyntaxIssue(at, 'invalid unicode code point')
  return String.fromCodePoint(value)
}

/** The string between the quotes of a literal. @throws SyntaxIssue for an unknown escape */
export function readString(inner: string, at: number): string {
  if (!inner.includes('\\')) return inner
  let result = ''
  for (const piece of pieces(inner, at)) result += typeof piece === 'number' ? String.fromCodePoint(piece) : piece
  return result
}

/** The bytes between the quotes of a literal: UTF-8, but for `\x41` and `\101`. @throws SyntaxIssue */
export function readBytes(inner: string, raw: boolean, at: number): Uint8Array {
  const encoder = new TextEncoder()
  if (raw) return encoder.encode(inner)
  const bytes: number[] = []
  for (const piece of pieces(inner, at)) {
    if (typeof piece === 'number') bytes.push(piece)
    else for (const byte of encoder.encode(piece)) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}
