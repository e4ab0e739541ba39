import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml'
import { badRequest } from '../../errors.ts'
import type { PathStep } from '../../path.ts'
import { type DuplicateKey, jsonValueOf, YamlError } from './value.ts'

/** One document of a YAML (or JSON) text. */
export interface YamlDocument {
  value: unknown
  /** Where it begins, from 1. */
  line: number
  /** `line 4: key "replicas" already set in map` */
  duplicates: string[]
  /** The line of the value that a path leads to; of the last one on the way that is there. */
  lineOf(path: PathStep[]): number
}

/** A text is no YAML, or says what JSON cannot. */
export class YamlSyntaxError extends Error {
  /** Undefined: not known. */
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.name = 'YamlSyntaxError'
    this.line = line
  }
}

/**
 * The documents of the body of a request; empty ones are left out. Read as `readYaml` does.
 * @throws ApiError 400: `yaml: line 3: ...`
 */
export function parseYaml(text: string): YamlDocument[] {
  try {
    return readYaml(text)
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error
    throw badRequest(`yaml: ${error.line === undefined ? '' : `line ${error.line}: `}${error.message}`)
  }
}

/** What texts may not have between quotation marks either (YAML 1.1, 4.1.1). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/

/** The scalars stay as written: `jsonValueOf` gives their values. */
const options = {
  version: '1.1',
  schema: 'failsafe',
  merge: false,
  uniqueKeys: false,
  resolveKnownTags: false,
} as const

/**
 * The documents of a text; empty ones are left out. YAML is read as `sigs.k8s.io/yaml` reads it, which all of Kubernetes
 * uses: see `plainScalar` and `jsonValueOf`. Of a key that occurs twice the last one counts.
 * @param firstLine the number of the text's first line
 * @throws YamlSyntaxError
 */
export function readYaml(given: string, firstLine = 1): YamlDocument[] {
  const text = given.replace(/^\ufeff/, '')
  const lines = new LineCounter()
  const lineAt = (offset: number) => lines.linePos(offset).line + firstLine - 1
  if (control.test(text)) throw new YamlSyntaxError('control characters are not allowed')
  const documents = parseAllDocuments<ParsedNode>(text, { ...options, lineCounter: lines })
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [problem] = document.errors
    if (problem) throw new YamlSyntaxError(firstSentence(problem.message), lineAt(problem.pos[0]))
    const duplicates: DuplicateKey[] = []
    const value = jsonOf(document, duplicates, lineAt)
    if (value === null) return []
    const root = document.contents
    return {
      value,
      line: lineAt(root?.range[0] ?? document.range[0]),
      duplicates: duplicates.map(
        ({ key, offset }) => `line ${lineAt(offset)}: key ${JSON.stringify(key)} already set in map`,
      ),
      lineOf: (path: PathStep[]) => lineAt(startOf(root, path)),
    }
  })
}

function jsonOf(document: Document.Parsed, duplicates: DuplicateKey[], lineAt: (offset: number) => number): unknown {
  try {
    return jsonValueOf(document.contents, duplicates)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new YamlSyntaxError(error.message, error.offset === undefined ? undefined : lineAt(error.offset))
  }
}

/** The library adds the place and an excerpt to its messages. */
const firstSentence = (message: string): string => message.replace(/ at line \d+, column \d+:[\s\S]*$|\n[\s\S]*$/, '')

/** The offset at which a value begins. */
function startOf(node: unknown, [step, ...rest]: PathStep[]): number {
  if (step !== undefined && isCollection(node)) {
    const pair = isMap(node) ? node.items.findLast(({ key }) => isScalar(key) && key.value === String(step)) : undefined
    const next = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
    // The line of a field is that of its name.
    if (pair && (rest.length === 0 || !isCollection(next))) return startOf(pair.key, [])
    if (next) return startOf(next, rest)
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}
