import { badRequest, messageOf } from '../../errors.ts'
import { keyProblem, type Operator, type Requirement, requirement } from './label-requirement.ts'
import { type Token, tokenize } from './label-tokens.ts'

/** Reads tokens one after the other; the grammar is that of the API reference, 'Labels and selectors'. */
export function parseRequirements(text: string): Requirement[] {
  const tokens = tokenize(text)
  let at = 0
  const end: Token = { kind: 'end', text: '' }
  /** Where a value is expected, `in` and `notin` are plain words. */
  const peek = (asValue = false): Token => {
    const token = tokens[at] ?? end
    return asValue && token.kind === 'operator' && /^(in|notin)$/.test(token.text) ? { ...token, kind: 'word' } : token
  }
  const take = (asValue = false): Token => {
    const token = peek(asValue)
    at++
    return token
  }

  function one(): Requirement {
    const negated = peek().text === '!' && peek().kind === 'operator'
    if (negated) at++
    const key = take(true)
    if (key.kind !== 'word') throw badRequest(`found '${key.text}', expected: identifier`)
    const problem = keyProblem(key.text)[0]
    if (problem) throw badRequest(problem)
    if (negated) return requirement(key.text, '!', [])
    const next = peek()
    if (next.kind === 'end' || next.text === ',') return requirement(key.text, 'exists', [])
    const operator = operatorOf(take())
    const isSet = operator === 'in' || operator === 'notin'
    return requirement(key.text, operator, isSet ? [...new Set(set())].sort() : [exact()])
  }

  function operatorOf(token: Token): Operator {
    const operator =
      Object.hasOwn(operators, token.text) && token.kind === 'operator' ? operators[token.text] : undefined
    if (!operator) throw badRequest(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
    return operator
  }

  function exact(): string {
    const next = peek(true)
    if (next.kind === 'end' || next.text === ',') return ''
    if (next.kind !== 'word') throw badRequest(`found '${next.text}', expected: identifier`)
    at++
    return next.text
  }

  function set(): string[] {
    const open = take(true)
    if (open.text !== '(') throw badRequest(`found '${open.text}' expected: '('`)
    const values: string[] = []
    let value = ''
    for (;;) {
      const token = take(true)
      if (token.text === ')' && token.kind === 'punctuation') {
        return values.length === 0 && value === '' ? [] : [...values, value]
      }
      if (token.text === ',' && token.kind === 'punctuation') {
        values.push(value)
        value = ''
      } else if (token.kind === 'word' && value === '') value = token.text
      else if (value !== '') throw badRequest(`found '${token.text}', expected: ',' or ')'`)
      else throw badRequest(`found '${token.text}', expected: ',', ')' or identifier`)
    }
  }

  const requirements: Requirement[] = []
  for (;;) {
    const first = peek(true)
    if (first.kind === 'end') return requirements
    if (first.kind !== 'word' && first.text !== '!')
      throw badRequest(`found '${first.text}', expected: !, identifier, or 'end of string'`)
    requirements.push(inRequirement(one))
    const separator = take()
    if (separator.kind === 'end') return requirements
    if (separator.text !== ',') throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`)
    const following = peek(true)
    if (following.kind !== 'word' && following.text !== '!')
      throw badRequest(`found '${following.text}', expected: identifier after ','`)
  }
}

function inRequirement<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw badRequest(`unable to parse requirement: ${messageOf(error)}`)
  }
}

const operators: Record<string, Operator> = {
  '=': '=',
  '==': '==',
  '!=': '!=',
  in: 'in',
  notin: 'notin',
  '>': 'gt',
  '<': 'lt',
}
