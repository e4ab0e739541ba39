import { lostByParsing } from '../../api/machinery/json/json.ts'
import { parseJson } from '../../api/machinery/json/json-text.ts'
import { readYaml, type YamlDocument, YamlSyntaxError } from '../../api/machinery/yaml/parse-yaml.ts'
import { ManifestError } from './manifest-error.ts'

/** A part of a text, and the number of its first line. */
interface Part {
  text: string
  line: number
}

/**
 * The documents of a manifest, split as kubectl does: YAML between lines of `---`, and consecutive JSON objects. Skips empty
 * documents. Reads text after `...`, too, which kubectl drops silently.
 * @throws ManifestError
 */
export function documentsOf(text: string, source: string): YamlDocument[] {
  return chunksOf(text, source).flatMap((chunk) => {
    try {
      return jsonDocuments(chunk) ?? readYaml(chunk.text, chunk.line)
    } catch (error) {
      if (!(error instanceof YamlSyntaxError)) throw error
      throw new ManifestError(`${source}:${error.line ?? chunk.line}: ${error.message}`)
    }
  })
}

/** Only a comment may follow a separator, and no directive may precede it. */
function chunksOf(text: string, source: string): Part[] {
  const chunks: Part[] = []
  let open: string[] = []
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith('---')) {
      open.push(line)
      continue
    }
    const rest = line.slice(3).trim()
    if (rest !== '' && !rest.startsWith('#'))
      throw new ManifestError(`${source}:${i + 1}: invalid Yaml document separator: ${rest}`)
    chunks.push({ text: open.join('\n'), line: i + 1 - open.length })
    open = []
  }
  chunks.push({ text: open.join('\n'), line: lines.length - open.length + 1 })
  const filled = chunks.filter(({ text }) => text.trim() !== '')
  const directive = filled.find(({ text }) => /^\ufeff?%/.test(text))
  if (directive) throw new ManifestError(`${source}:${directive.line}: did not find expected <document start>`)
  return filled
}

/** Undefined: the text is not JSON objects. */
function jsonDocuments({ text, line }: Part): YamlDocument[] | undefined {
  const documents: YamlDocument[] = []
  let at = text.search(/[^\s\ufeff]/)
  while (at >= 0 && at < text.length) {
    const end = endOfObject(text, at)
    if (end === undefined) return undefined
    const document = jsonDocument({ text: text.slice(at, end), line: line + linesIn(text.slice(0, at)) })
    if (!document) return undefined
    documents.push(document)
    at = end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)
  }
  return documents
}

function jsonDocument({ text, line }: Part): YamlDocument | undefined {
  let value: unknown
  let duplicates: string[]
  try {
    value = parseJson(text)
    duplicates = lostByParsing(text, value).duplicates.map((path) => `duplicate field "${path}"`)
  } catch {
    return undefined
  }
  // Nearly all JSON is YAML, and the YAML parser gives the places of values.
  const lineOf: YamlDocument['lineOf'] = (path) => {
    try {
      return readYaml(text, line)[0]?.lineOf(path) ?? line
    } catch {
      return line
    }
  }
  return { value, line, duplicates, lineOf }
}

const linesIn = (text: string): number => text.split('\n').length - 1

/** The end of the object that begins at `start`. */
function endOfObject(text: string, start: number): number | undefined {
  if (text[start] !== '{') return undefined
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs
  token.lastIndex = start
  let depth = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth++
    else if (match[0] === '}' || match[0] === ']') depth--
    if (depth === 0) return token.lastIndex
  }
  return undefined
}
