import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LineCounter, parseAllDocuments } from 'yaml'
import type { KubeObject } from '../api/object.ts'
import { builtinResources } from '../api/resources.ts'
import type { ResourceType } from '../api/schema/package.ts'
import { UserError } from './user-error.ts'

/** One object of a manifest, with where it stands. */
export interface ManifestObject {
  /** `web.yaml:12` */
  source: string
  resource: ResourceType
  object: KubeObject & { metadata: { name: string; namespace?: string } }
}

/** The name of the file beside manifests that lists images to pack before they are applied. */
export const projectFile = 'k8ts.yaml'

/**
 * Reads manifests: YAML or JSON files, and folders with all that is in them, in order of name. Namespaces and custom
 * resource definitions come first, as others need them.
 * @throws UserError with file and line for what is missing, does not parse, or is of an unknown kind.
 */
export function readManifests(paths: string[]): ManifestObject[] {
  const objects = paths.flatMap(filesOf).flatMap(readManifest)
  const rank = ({ resource }: ManifestObject) => (first.includes(resource.resource) ? 0 : 1)
  return objects.sort((a, b) => rank(a) - rank(b))
}

const first = ['namespaces', 'customresourcedefinitions']

function filesOf(path: string): string[] {
  if (!existsSync(path)) throw new UserError(`${path}: no such file or folder`)
  if (!statSync(path).isDirectory()) return [path]
  const files = readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && name !== projectFile)
    .sort()
    .map((name) => join(path, name))
  if (files.length === 0) throw new UserError(`${path}: the folder holds no .yaml, .yml or .json file`)
  return files
}

/** The project files that belong to manifests: beside a file, or in a folder. */
export function projectFilesOf(paths: string[]): string[] {
  const folders = paths.filter(existsSync).map((path) => (statSync(path).isDirectory() ? path : dirname(path)))
  return [...new Set(folders)].map((folder) => join(folder, projectFile)).filter(existsSync)
}

function readManifest(file: string): ManifestObject[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { lineCounter: lines })
  const objects: ManifestObject[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    const line = (offset: number) => lines.linePos(offset).line
    const problem = document.errors[0]
    if (problem) throw new UserError(`${file}:${line(problem.pos[0])}: ${problem.message.split(/ at line \d+|\n/)[0]}`)
    const value: unknown = document.toJS()
    if (value === null || value === undefined) continue
    const source = `${file}:${line(document.contents?.range?.[0] ?? 0)}`
    objects.push(...manifestObjects(value, source))
  }
  return objects
}

function manifestObjects(value: unknown, source: string): ManifestObject[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${source}: not a Kubernetes object (a mapping with apiVersion and kind)`)
  }
  const object = value as KubeObject & { items?: unknown[] }
  if (object.kind === 'List') return (object.items ?? []).flatMap((item) => manifestObjects(item, source))
  const { apiVersion, kind } = object
  if (!apiVersion || !kind) throw new UserError(`${source}: ${apiVersion ? 'kind' : 'apiVersion'} is missing`)
  const resource = builtinResources.find((r) => r.apiVersion === apiVersion && r.kind === kind)
  if (!resource) throw new UserError(`${source}: unknown kind: ${kind} in ${apiVersion}`)
  const name = object.metadata?.name
  if (!name) throw new UserError(`${source}: metadata.name is missing in this ${kind}`)
  const namespace = resource.namespaced ? (object.metadata?.namespace ?? 'default') : undefined
  return [
    {
      source,
      resource,
      object: { ...object, metadata: { ...object.metadata, name, ...(namespace && { namespace }) } },
    },
  ]
}

/** `deployment/web` */
export const titleOf = ({ resource, object }: ManifestObject): string =>
  `${resource.kind.toLowerCase()}/${object.metadata.name}`
