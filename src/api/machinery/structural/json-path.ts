import { isPlainObject } from '../decode/decode-scalar.ts'

/** Answers all that a path leads to in a value. */
export type JsonPath = (value: unknown) => unknown[]

type Step = (values: unknown[]) => unknown[]

/**
 * The simple paths of kubectl's JSONPath: `.a.b`, `['a.b']`, `.a\.b`, `[0]`, `[-1]`, `[0:2]`, `[*]`, `.*`, and filters
 * `[?(@.type=="Ready")]` with one comparison or the mere existence of a field. Braces around it all may be left out.
 * @throws Error for what is no such path.
 */
export function parseJsonPath(text: string): JsonPath {
  const path = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text
  const steps: Step[] = []
  let rest = path.replace(/^\$/, '')
  while (rest !== '') {
    const [token, step] = nextStep(rest, text)
    steps.push(step)
    rest = rest.slice(token.length)
  }
  return (value) => steps.reduce((values, step) => step(values), [value])
}

function nextStep(rest: string, whole: string): [token: string, step: Step] {
  for (const { pattern, make } of forms) {
    const match = pattern.exec(rest)
    if (match) return [match[0], make(match[1] ?? '', match[2] ?? '', match[3] ?? '')]
  }
  throw new Error(`invalid JSON path ${JSON.stringify(whole)} at ${JSON.stringify(rest)}`)
}

const forms: { pattern: RegExp; make(a: string, b: string, c: string): Step }[] = [
  { pattern: /^(?:\.\*|\[\*\]|\.\[\*\])/, make: () => each(children) },
  { pattern: /^\.((?:\\.|[^.[\]\\\s'"])+)/, make: (name) => field(name.replace(/\\(.)/g, '$1')) },
  { pattern: /^\.?\['((?:\\.|[^'\\])*)'\]/, make: (name) => field(name.replace(/\\(.)/g, '$1')) },
  { pattern: /^\.?\["((?:\\.|[^"\\])*)"\]/, make: (name) => field(name.replace(/\\(.)/g, '$1')) },
  { pattern: /^\.?\[(-?\d+)\]/, make: (index) => each((v) => (Array.isArray(v) ? [v.at(Number(index))] : [])) },
  {
    pattern: /^\.?\[(-?\d*):(-?\d*)\]/,
    make: (from, to) =>
      each((v) =>
        Array.isArray(v) ? v.slice(from === '' ? 0 : Number(from), to === '' ? undefined : Number(to)) : [],
      ),
  },
  { pattern: /^\.?\[\?\(@([^\s=!<>)]*)\s*(?:(==|!=|<=|>=|<|>)\s*([^)]+?))?\s*\)\]/, make: filter },
]

const each =
  (step: (value: unknown) => unknown[]): Step =>
  (values) =>
    values.flatMap(step).filter((value) => value !== undefined)

const field = (name: string): Step => each((v) => (isPlainObject(v) && Object.hasOwn(v, name) ? [v[name]] : []))

const children = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : []

const comparisons: Record<string, (a: string | number, b: string | number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function filter(path: string, operator: string, literal: string): Step {
  const read = parseJsonPath(path)
  const compare = comparisons[operator]
  const wanted = literalOf(literal)
  return each((v) =>
    (Array.isArray(v) ? v : []).filter((item) => {
      const [value] = read(item)
      if (!compare) return value !== undefined
      const given = typeof value === 'boolean' ? String(value) : value
      return typeof given === typeof wanted && compare(given as string, wanted as string)
    }),
  )
}

function literalOf(text: string): string | number {
  const quoted = /^(['"])(.*)\1$/s.exec(text)
  if (quoted) return quoted[2] ?? ''
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text
}

/** The names of a path of names only (`.spec.replicas`); undefined for others. */
export function plainPath(text: string): string[] | undefined {
  if (!/^(\.(\\.|[^.[\]\\\s'"*])+)+$/.test(text)) return undefined
  return [...text.matchAll(/\.((?:\\.|[^.\\])+)/g)].map(([, name = '']) => name.replace(/\\(.)/g, '$1'))
}
