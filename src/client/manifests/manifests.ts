import { ApiError } from '../../api/errors.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import type { PathStep } from '../../api/path.ts'
import { builtinResources } from '../../api/resources.ts'
import { documentsOf } from './documents.ts'
import { ManifestError } from './manifest-error.ts'

export { ManifestError } from './manifest-error.ts'

/** One object of a manifest, with its position. */
export interface ManifestObject {
  /** `web.yaml:12` */
  source: string
  /** The position of a field, `spec.containers[0].image`; for a field that the text lacks, that of its nearest parent. */
  sourceOf?(field: string): string
  /** Harmless flaws that the reader should know: a key that is set twice. */
  warnings?: string[]
  resource: ResourceType
  object: KubeObject & { metadata: { name: string; namespace?: string } }
}

/** The resource that serves a kind; undefined: there is none. */
export type FindResource = (apiVersion: string, kind: string) => ResourceType | undefined

export const findBuiltin: FindResource = (apiVersion, kind) =>
  builtinResources.find((r) => r.apiVersion === apiVersion && r.kind === kind)

/**
 * The objects of a YAML or JSON text of any number of documents, read as kubectl reads it (`sigs.k8s.io/yaml`); messages
 * name `source`. Objects without a namespace go into `defaultNamespace`.
 * @throws ManifestError if the text does not parse, or a document is no object or of an unknown kind.
 */
export function parseManifest(
  text: string,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] {
  return documentsOf(text, source).flatMap(({ value, duplicates, lineOf }) => {
    const objects = objectsOf(value, [], (path) => `${source}:${lineOf(path)}`, find, defaultNamespace)
    const warnings = duplicates.map((duplicate) => `${source}: ${duplicate}`)
    return objects.map((object, i) => (i === 0 && warnings.length > 0 ? { ...object, warnings } : object))
  })
}

/** The object itself, or the items of a `List`. @throws ManifestError */
export const manifestObjects = (
  value: unknown,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] => objectsOf(value, [], () => source, find, defaultNamespace)

/** The position in a text to which a path leads. */
type SourceOf = (path: PathStep[]) => string

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
  const isList = kind === 'List' ? apiVersion === 'v1' : Array.isArray(items)
  if (isList) {
    if (!Array.isArray(items ?? [])) return fail(`items must be a list, not ${what(items)}`, ['items'])
    return ((items ?? []) as unknown[]).flatMap((item, i) =>
      objectsOf(itemOf(value, item), [...path, 'items', i], sourceOf, find, defaultNamespace),
    )
  }
  const resource = find(apiVersion as string, kind as string) ?? fail(`unknown kind: ${kind} in ${apiVersion}`)
  if (metadata !== undefined && metadata !== null && !isMapping(metadata))
    return fail(`metadata must be a mapping, not ${what(metadata)}`, ['metadata'])
  const { name, namespace, generateName } = metadata ?? {}
  if (name === undefined || name === null || name === '')
    return fail(
      generateName ? 'cannot use generate name with apply' : `metadata.name is missing in this ${kind}`,
      generateName ? ['metadata', 'generateName'] : [],
    )
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

/** The items of a PodList need not say that they are pods. */
function itemOf({ apiVersion, kind }: Record<string, unknown>, item: unknown): unknown {
  const ofItems = typeof kind === 'string' && kind.endsWith('List') ? kind.slice(0, -'List'.length) : ''
  if (!isMapping(item) || item.apiVersion || item.kind || !ofItems) return item
  return { ...item, apiVersion, kind: ofItems }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const what = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : isMapping(value) ? 'a mapping' : value === null ? 'nothing' : `a ${typeof value}`

/** Quotes texts that YAML would read as another type, such as 5 or yes. */
const quoted = (value: unknown): string =>
  typeof value === 'object'
    ? ''
    : typeof value === 'boolean'
      ? ': put it between quotation marks'
      : `: write "${value}"`

const stepsOf = (field: string): PathStep[] => field.split(/[.[\]]+/).filter((step) => step !== '')

/**
 * Checks that objects have only known fields of the right types, as the server does when it creates them.
 * @throws ManifestError with the line of the first wrong field
 */
export function checkFields(objects: ManifestObject[]): void {
  for (const manifest of objects) {
    const { resource, object, source, sourceOf = () => source } = manifest
    // Only the server knows the fields of custom resources.
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

/** The common name of a Go type. */
const nameOf = (type: string): string =>
  goNames[type] ?? (type.startsWith('[]') ? 'a list' : /^int\d/.test(type) ? 'a whole number' : 'a mapping')

const first = ['namespaces', 'customresourcedefinitions']

/** Puts namespaces and CustomResourceDefinitions first, as others need them; else keeps the order. */
export function inOrderOfNeed(objects: ManifestObject[]): ManifestObject[] {
  const rank = ({ resource }: ManifestObject) => (first.includes(resource.resource) ? 0 : 1)
  return [...objects].sort((a, b) => rank(a) - rank(b))
}

/** `deployment/web` */
export const titleOf = ({ resource, object }: ManifestObject): string =>
  `${resource.kind.toLowerCase()}/${object.metadata.name}`
