import { LineCounter, type ParsedNode, parseAllDocuments, type ScalarTag, stringify, type Tags } from 'yaml'
import { badRequest, messageOf } from '../errors.ts'
import { integerOf } from './json/json-text.ts'

/** One document of a YAML (or JSON) text. */
export interface YamlDocument {
  value: unknown
  /** Where it begins, from 1. */
  line: number
  /** `line 4: key "replicas" already set in map` */
  duplicates: string[]
}

/**
 * The documents of a text; empty ones are left out. YAML is read as the Go tools read it: version 1.1 (`yes` is true,
 * `0644` is octal), but times and base-60 numbers stay text.
 * @throws ApiError 400: `yaml: line 3: ...`
 */
export function parseYaml(text: string): YamlDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments<ParsedNode>(text, { version: '1.1', lineCounter: lines, customTags: goTags })
  const found: YamlDocument[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    const duplicates: string[] = []
    for (const error of document.errors) {
      const { line } = lines.linePos(error.pos[0])
      if (error.code !== 'DUPLICATE_KEY') throw badRequest(`yaml: line ${line}: ${firstSentence(error.message)}`)
      duplicates.push(`line ${line}: key ${JSON.stringify(keyAt(text, error.pos))} already set in map`)
    }
    const value = contentsOf(document)
    const start = document.contents?.range[0] ?? document.range[0]
    if (value !== null && value !== undefined) found.push({ value, line: lines.linePos(start).line, duplicates })
  }
  return found
}

/** Aliases are looked up only here; too many of them are refused. */
function contentsOf(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw badRequest(`yaml: ${messageOf(error)}`)
  }
}

/** YAML as kubectl prints it: no folding, no anchors. */
export function formatYaml(value: unknown): string {
  return stringify(value, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    indentSeq: false,
    version: '1.1',
    customTags: (tags) => tags.concat(octal),
  })
}

const unknownToGo = new Set(['TIME', 'tag:yaml.org,2002:timestamp'])

/** For what parses YAML in another way: integers keep their digits, as those of JSON do. */
export const exactIntegers = (tags: Tags): Tags =>
  tags.map((tag) => (typeof tag !== 'string' && tag.tag === octal.tag ? exactly(tag as ScalarTag) : tag))

const exactly = (tag: ScalarTag): ScalarTag => ({
  ...tag,
  resolve(text, onError, options) {
    const value = tag.resolve(text, onError, { ...options, intAsBigInt: true })
    return typeof value === 'bigint' ? (integerOf(String(value)) ?? Number(value)) : value
  },
})

/** Octal numbers as YAML 1.2 writes them, which Go reads in 1.1, too. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text) => Number(text),
}

function goTags(tags: Tags): Tags {
  const known = exactIntegers(tags).filter((tag) => {
    if (typeof tag === 'string') return true
    const { format, tag: name } = tag as ScalarTag
    return !unknownToGo.has(format ?? '') && !unknownToGo.has(name)
  })
  return known.concat(octal)
}

/** The library adds the place and an excerpt to its messages. */
const firstSentence = (message: string): string => message.replace(/ at line \d+, column \d+:[\s\S]*$/, '')

const keyAt = (text: string, [start]: readonly [number, number]): string =>
  /^["']?([^:"'\n]*)/.exec(text.slice(start))?.[1]?.trim() ?? ''
