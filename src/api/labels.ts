import { badRequest } from './errors.ts'
import { type Token, tokenize } from './label-tokens.ts'
import type { LabelSelector } from './meta/v1/index.ts'
import { labelValue, qualifiedName } from './names.ts'

export type Labels = Readonly<Record<string, string>>

/** Chooses objects by their labels. */
export interface Selector {
  matches(labels: Labels | undefined): boolean
  /** As it is written in a query parameter: `app=web,tier in (a,b)`. */
  toString(): string
  /** Chooses everything. */
  readonly empty: boolean
  readonly requirements: readonly Requirement[]
}

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** Chooses nothing. */
export const nothing: Selector = { matches: () => false, toString: () => '', empty: false, requirements: [] }
/** Chooses everything. */
export const everything: Selector = selectorWith([])

/**
 * The text form: `a=b,c!=d,e in (f,g),h,!i,j>1`.
 * @throws ApiError 400 in upstream's words.
 */
export function parseLabelSelector(text: string): Selector {
  if (text === '') return everything
  return selectorWith(parseRequirements(text).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)))
}

/** The form in objects: absent chooses nothing, an empty one everything. */
export function selectorOf(selector: LabelSelector | undefined): Selector {
  if (!selector) return nothing
  const { matchLabels = {}, matchExpressions = [] } = selector
  return selectorWith([
    ...sortedMap(matchLabels),
    ...matchExpressions.map(({ key, operator, values }) =>
      requirement(key, expressionOperator(operator, labelOperators), values ?? []),
    ),
  ])
}

/** The form of Services and ReplicationControllers: labels that must be there. No entry: everything. */
export function selectorOfMap(labels: Labels | undefined): Selector {
  return labels ? selectorWith(sortedMap(labels)) : everything
}

/** The `matchExpressions` of a node selector term: those of a label selector, and `Gt` and `Lt`. */
export function selectorOfExpressions(
  expressions: readonly { key: string; operator: string; values?: readonly string[] }[],
): Selector {
  return selectorWith(
    expressions.map(({ key, operator, values }) =>
      requirement(key, expressionOperator(operator, nodeOperators), values ?? []),
    ),
  )
}

const sortedMap = (labels: Labels): Requirement[] =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => requirement(key, '=', [value]))

const labelOperators: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' }
const nodeOperators: Record<string, Operator> = { ...labelOperators, Gt: 'gt', Lt: 'lt' }

function expressionOperator(name: string, known: Record<string, Operator>): Operator {
  const operator = Object.hasOwn(known, name) ? known[name] : undefined
  if (!operator) throw badRequest(`"${name}" is not a valid label selector operator`)
  return operator
}

function selectorWith(requirements: readonly Requirement[]): Selector {
  const tests = requirements.map(testOf)
  const [only] = tests
  const matches =
    only && tests.length === 1
      ? (labels: Labels | undefined) => only(labels ?? {})
      : (labels: Labels | undefined) => tests.every((test) => test(labels ?? {}))
  let text: string | undefined
  return {
    matches,
    toString: () => {
      text ??= requirements.map(formatRequirement).join(',')
      return text
    },
    empty: requirements.length === 0,
    requirements,
  }
}

type Test = (labels: Labels) => boolean

function testOf({ key, operator, values }: Requirement): Test {
  const [first = ''] = values
  const has = (labels: Labels) => Object.hasOwn(labels, key)
  const isOneOf: Test =
    values.length === 1
      ? (labels) => labels[key] === first && has(labels)
      : (labels) => has(labels) && values.includes(labels[key] ?? '')
  const tests: Record<Operator, Test> = {
    '=': isOneOf,
    '==': isOneOf,
    in: isOneOf,
    '!=': (labels) => !isOneOf(labels),
    notin: (labels) => !isOneOf(labels),
    exists: has,
    '!': (labels) => !has(labels),
    gt: (labels) => has(labels) && compareIntegers(labels[key], first, (a, b) => a > b),
    lt: (labels) => has(labels) && compareIntegers(labels[key], first, (a, b) => a < b),
  }
  return tests[operator]
}

const integer = /^[+-]?\d+$/

function compareIntegers(a: string | undefined, b: string, order: (a: bigint, b: bigint) => boolean): boolean {
  return a !== undefined && integer.test(a) && integer.test(b) && order(BigInt(a), BigInt(b))
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = () => `(${[...values].sort().join(',')})`
  const forms: Record<Operator, () => string> = {
    '=': () => `${key}=${values[0]}`,
    '==': () => `${key}==${values[0]}`,
    '!=': () => `${key}!=${values[0]}`,
    in: () => `${key} in ${list()}`,
    notin: () => `${key} notin ${list()}`,
    exists: () => key,
    '!': () => `!${key}`,
    gt: () => `${key}>${values[0]}`,
    lt: () => `${key}<${values[0]}`,
  }
  return forms[operator]()
}

/** Checks a requirement as upstream does, so that a selector that is accepted can match. */
function requirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const problems = [
    ...keyProblem(key),
    ...countProblem(operator, values),
    ...values.flatMap((value, i) => valueProblem(key, operator, value, i)),
  ]
  if (problems.length > 0) throw badRequest(problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`)
  return { key, operator, values }
}

const keyProblem = (key: string): string[] => {
  const errors = qualifiedName(key)
  return errors.length > 0 ? [`key: Invalid value: ${JSON.stringify(key)}: ${errors.join('; ')}`] : []
}

function countProblem(operator: Operator, values: readonly string[]): string[] {
  const isSet = operator === 'in' || operator === 'notin'
  const isPresence = operator === 'exists' || operator === '!'
  const isOrder = operator === 'gt' || operator === 'lt'
  const shown = `values: Invalid value: ${JSON.stringify(values)}`
  if (isSet) return values.length === 0 ? [`${shown}: for 'in', 'notin' operators, values set can't be empty`] : []
  if (isPresence) return values.length > 0 ? [`${shown}: values set must be empty for exists and does not exist`] : []
  if (values.length === 1) return []
  return isOrder
    ? [`${shown}: for 'Gt', 'Lt' operators, exactly one value is required`]
    : [`${shown}: exact-match compatibility requires one single value`]
}

function valueProblem(key: string, operator: Operator, value: string, index: number): string[] {
  if ((operator === 'gt' || operator === 'lt') && !integer.test(value))
    return [
      `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    ]
  const errors = labelValue(value)
  return errors.length > 0
    ? [`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${errors.join('; ')}`]
    : []
}

/** Reads tokens one after the other; the grammar is that of the API reference, 'Labels and selectors'. */
function parseRequirements(text: string): Requirement[] {
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
    throw badRequest(`unable to parse requirement: ${error instanceof Error ? error.message : String(error)}`)
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
