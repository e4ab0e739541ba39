import { badRequest } from '../../errors.ts'
import type { LabelSelector } from '../../meta/v1/index.ts'
import { parseRequirements } from './label-parser.ts'
import { integer, type Operator, type Requirement, requirement } from './label-requirement.ts'

export type { Operator, Requirement } from './label-requirement.ts'
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

/** Chooses nothing. */
export const nothing: Selector = { matches: () => false, toString: () => '', empty: false, requirements: [] }
const everything: Selector = selectorWith([])

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
