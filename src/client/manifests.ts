import { LineCounter, parseAllDocuments } from 'yaml'
import type { KubeObject } from '../api/object.ts'
import { builtinResources } from '../api/resources.ts'
import type { ResourceType } from '../api/schema/package.ts'

/** One object of a manifest, with where it stands. */
export interface ManifestObject {
  /** `web.yaml:12` */
  source: string
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
 * @throws ManifestError for what does not parse or is of an unknown kind.
 */
export function parseManifest(
  text: string,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines })
  const objects: ManifestObject[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    const line = (offset: number) => lines.linePos(offset).line
    const problem = document.errors[0]
    if (problem)
      throw new ManifestError(`${source}:${line(problem.pos[0])}: ${problem.message.split(/ at line \d+|\n/)[0]}`)
    const value: unknown = document.toJS()
    if (value === null || value === undefined) continue
    objects.push(
      ...manifestObjects(value, `${source}:${line(document.contents?.range?.[0] ?? 0)}`, find, defaultNamespace),
    )
  }
  return objects
}

/** The object itself, or the items of a `List`. @throws ManifestError */
export function manifestObjects(
  value: unknown,
  source: string,
  find: FindResource = findBuiltin,
  defaultNamespace = 'default',
): ManifestObject[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ManifestError(`${source}: not a Kubernetes object (a mapping with apiVersion and kind)`)
  }
  const object = value as KubeObject & { items?: unknown[] }
  if (object.kind === 'List')
    return (object.items ?? []).flatMap((item) => manifestObjects(item, source, find, defaultNamespace))
  const { apiVersion, kind } = object
  if (!apiVersion || !kind) throw new ManifestError(`${source}: ${apiVersion ? 'kind' : 'apiVersion'} is missing`)
  const resource = find(apiVersion, kind)
  if (!resource) throw new ManifestError(`${source}: unknown kind: ${kind} in ${apiVersion}`)
  const name = object.metadata?.name
  if (!name) throw new ManifestError(`${source}: metadata.name is missing in this ${kind}`)
  const namespace = resource.namespaced ? (object.metadata?.namespace ?? defaultNamespace) : undefined
  return [
    {
      source,
      resource,
      object: { ...object, metadata: { ...object.metadata, name, ...(namespace && { namespace }) } },
    },
  ]
}

const first = ['namespaces', 'customresourcedefinitions']

/** Namespaces and custom resource definitions come first, as others need them; else the order stays. */
export function inOrderOfNeed(objects: ManifestObject[]): ManifestObject[] {
  const rank = ({ resource }: ManifestObject) => (first.includes(resource.resource) ? 0 : 1)
  return [...objects].sort((a, b) => rank(a) - rank(b))
}

/** `deployment/web` */
export const titleOf = ({ resource, object }: ManifestObject): string =>
  `${resource.kind.toLowerCase()}/${object.metadata.name}`
