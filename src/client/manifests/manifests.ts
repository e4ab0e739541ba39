import { type Document, isCollection, isMap, isNode, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import { ApiError } from '../../api/errors.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import { exactIntegers } from '../../api/machinery/yaml.ts'
import type { KubeObject } from '../../api/object.ts'
import type { PathStep } from '../../api/path.ts'
import { builtinResources } from '../../api/resources.ts'

/** One object of a manifest, with where it stands. */
export interface ManifestObject {
  /** `web.yaml:12` */
  source: string
  /** The same for one of its fields, `spec.containers[0].image`; for what it would be in, where the text has no such. */
  sourceOf?(field: string): string
  resource: ResourceType
  object: KubeObject & { metadata: { name: string; namespace?: string } }
}

/** Something is wrong with a manifest; the message begins with its source and line. */
export class ManifestError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ManifestError'
  }
}

/** The resource that serves a kind; undefined: there is none. */
export type FindResource = (apiVersion: string, kind: string) => ResourceType | undefined

export const findBuiltin: FindResource = (apiVersion, kind) =>
  builtinResources.find((r) => r.apiVersion === apiVersion && r.kind === kind)

/**
 * The objects of a YAML or JSON text of any number of documents; `source` is what messages call it.
 * @throws ManifestError for what does not parse, is no object, or is of an unknown kind.
 */
export function parseManifest(
  text: string,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, customTags: exactIntegers })
  const at = (offset: number) => `${source}:${lines.linePos(offset).line}`
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const problem = document.errors[0]
    if (problem) throw new ManifestError(`${at(problem.pos[0])}: ${problem.message.split(/ at line \d+|\n/)[0]}`)
    const sourceOf: SourceOf = (path) => at(startOf(document.contents, path))
    const value = plain(document, sourceOf([]))
    if (value === null || value === undefined) return []
    return objectsOf(value, [], sourceOf, find, defaultNamespace)
  })
}

/** The object itself, or the items of a `List`. @throws ManifestError */
export const manifestObjects = (
  value: unknown,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] => objectsOf(value, [], () => source, find, defaultNamespace)

/** Where in a text a path leads to. */
type SourceOf = (path: PathStep[]) => string

/** The offset at which the value begins that a path leads to; of the last one on the way that is there. */
function startOf(node: unknown, [step, ...rest]: PathStep[]): number {
  if (step !== undefined && isCollection(node)) {
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === String(step)) : undefined
    const next = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
    // The line of a field is that of its name.
    if (pair && (rest.length === 0 || !isCollection(next))) return startOf(pair.key, [])
    if (next) return startOf(next, rest)
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

/** Without aliases; one without its anchor, in itself, or too many of them are refused. */
function plain(document: Document, source: string): unknown {
  try {
    const value: unknown = document.toJS()
    jsonText(value)
    return value
  } catch (error) {
    const why = error instanceof TypeError ? 'an alias leads into itself' : (error as Error).message
    throw new ManifestError(`${source}: ${why}`)
  }
}

function objectsOf(
  value: unknown,
  path: PathStep[],
  sourceOf: SourceOf,
  find: FindResource,
  defaultNamespace: string,
): ManifestObject[] {
  const fail = (why: string, field: PathStep[] = []): never => {
    throw new ManifestError(`${sourceOf([...path, ...field])}: ${why}`)
  }
  if (!isMapping(value)) return fail('not a Kubernetes object (a mapping with apiVersion and kind)')
  const { apiVersion, kind, metadata, items } = value
  for (const [field, given] of [['apiVersion', apiVersion] as const, ['kind', kind] as const]) {
    if (given === undefined || given === null || given === '') return fail(`${field} is missing`)
    if (typeof given !== 'string') return fail(`${field} must be a text, not ${what(given)}`, [field])
  }
  if (kind === 'List') {
    if (!Array.isArray(items ?? [])) return fail(`items must be a list, not ${what(items)}`, ['items'])
    return ((items ?? []) as unknown[]).flatMap((item, i) =>
      objectsOf(item, [...path, 'items', i], sourceOf, find, defaultNamespace),
    )
  }
  const resource = find(apiVersion as string, kind as string) ?? fail(`unknown kind: ${kind} in ${apiVersion}`)
  if (metadata !== undefined && metadata !== null && !isMapping(metadata))
    return fail(`metadata must be a mapping, not ${what(metadata)}`, ['metadata'])
  const { name, namespace } = metadata ?? {}
  if (name === undefined || name === null || name === '') return fail(`metadata.name is missing in this ${kind}`)
  for (const [field, given] of [['name', name] as const, ['namespace', namespace ?? ''] as const]) {
    if (typeof given !== 'string')
      return fail(`metadata.${field} must be a text, not ${what(given)}${quoted(given)}`, ['metadata', field])
  }
  const inNamespace = resource.namespaced && { namespace: namespace ?? defaultNamespace }
  return [
    {
      source: sourceOf(path),
      sourceOf: (field) => sourceOf([...path, ...stepsOf(field)]),
      resource,
      object: { ...value, metadata: { ...metadata, name, ...inNamespace } } as ManifestObject['object'],
    },
  ]
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const what = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : isMapping(value) ? 'a mapping' : value === null ? 'nothing' : `a ${typeof value}`

/** What YAML takes for something else, as 5 or yes, is a text between quotation marks. */
const quoted = (value: unknown): string => (typeof value === 'object' ? '' : `: write "${value}"`)

const stepsOf = (field: string): PathStep[] => field.split(/[.[\]]+/).filter((step) => step !== '')

/**
 * Checks that objects have only fields that their kinds have, each of its type, as the server would check them one by one
 * when they are created. @throws ManifestError with the line of the first wrong field
 */
export function checkFields(objects: ManifestObject[]): void {
  for (const manifest of objects) {
    const { resource, object, source, sourceOf = () => source } = manifest
    // Of custom resources the server knows the fields.
    if (Object.keys(resource.type.fields).length === 0) continue
    try {
      const [unknown] = decode(resource.type, object).unknown
      if (unknown) throw new ManifestError(`${sourceOf(unknown.path)}: ${titleOf(manifest)}: ${unknown.message}`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const [, given = '', field = '', type = ''] = wrongType.exec(error.message) ?? []
      const why = field ? `${field} must be ${nameOf(type)}, not ${jsonNames[given] ?? `a ${given}`}` : error.message
      throw new ManifestError(`${sourceOf(field)}: ${titleOf(manifest)}: ${why}`)
    }
  }
}

const wrongType = /^json: cannot unmarshal (\w+)(?: \S+)? into Go struct field \w+\.(\S+) of type (\S+)$/
const jsonNames: Record<string, string> = {
  array: 'a list',
  object: 'a mapping',
  string: 'a text',
  bool: 'true or false',
}
const goNames: Record<string, string> = {
  string: 'a text',
  bool: 'true or false',
  float64: 'a number',
  '[]uint8': 'a text',
}

/** What people call a type of Go. */
const nameOf = (type: string): string =>
  goNames[type] ?? (type.startsWith('[]') ? 'a list' : /^int\d/.test(type) ? 'a whole number' : 'a mapping')

const first = ['namespaces', 'customresourcedefinitions']

/** Namespaces and custom resource definitions come first, as others need them; else the order stays. */
export function inOrderOfNeed(objects: ManifestObject[]): ManifestObject[] {
  const rank = ({ resource }: ManifestObject) => (first.includes(resource.resource) ? 0 : 1)
  return [...objects].sort((a, b) => rank(a) - rank(b))
}

/** `deployment/web` */
export const titleOf = ({ resource, object }: ManifestObject): string =>
  `${resource.kind.toLowerCase()}/${object.metadata.name}`
