import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { builtinResources } from '../../api/resources.ts'
import { looseResource } from '../../client/loose-resource.ts'
import { definedIn, findWith } from '../../client/manifests/custom-resources.ts'
import {
  checkFields,
  type FindResource,
  inOrderOfNeed,
  ManifestError,
  type ManifestObject,
  parseManifest,
} from '../../client/manifests/manifests.ts'
import { UserError } from '../user-error.ts'
import { isProjectFile } from './project-files.ts'

/** The longest accepted manifest; none that users write is as long. */
const longest = 64 * 2 ** 20

/**
 * Reads manifests: YAML or JSON files, and folders with all that is in them, in order of name. Namespaces and custom
 * resource definitions come first, as others need them, and objects may be of the kinds that these define, or of what
 * `served` finds besides.
 * @throws UserError with file and line for what is missing, does not parse, is of an unknown kind or has a wrong field.
 */
export function readManifests(paths: string[], served: FindResource = () => undefined): ManifestObject[] {
  try {
    const given = paths.map((path) => ({ path, files: manifestFiles([path]) }))
    const read = (find: FindResource) =>
      given.flatMap(({ path, files }) => {
        const found = files.flatMap(({ file, text }) => parseManifest(text, file, find))
        if (found.length === 0) throw new UserError(`${path}: there is no object in it`)
        return found
      })
    const defined = findWith(definedIn(read))
    const objects = read((apiVersion, kind) => defined(apiVersion, kind) ?? served(apiVersion, kind))
    checkFields(objects)
    return inOrderOfNeed(objects)
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(error.message) : error
  }
}

/**
 * Accepts unknown kinds of groups that are not built in, until the cluster can confirm them: see `isUnasked`.
 */
export const perhapsServed: FindResource = (apiVersion, kind) => {
  const [group = '', version] = apiVersion.split('/')
  return version === undefined || builtinResources.some((r) => r.group === group)
    ? undefined
    : looseResource({ group, version, kind, resource: '', namespaced: true })
}

/** Whether the cluster has yet to confirm the resource of an object. */
export const isUnasked = ({ resource }: ManifestObject): boolean => resource.resource === ''

/** The texts of manifest files and of folders full of them. @throws UserError for what is missing or no text. */
export const manifestFiles = (paths: string[]): { file: string; text: string }[] =>
  paths.flatMap(filesOf).map((file) => ({ file, text: textOf(file) }))

function filesOf(path: string): string[] {
  if (!isFolder(path)) return [path]
  const files = reading(path, () => readdirSync(path))
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !isProjectFile(name))
    .sort()
    .map((name) => join(path, name))
    .filter((file) => !isFolder(file))
  if (files.length === 0) throw new UserError(`${path}: the folder holds no .yaml, .yml or .json file`)
  return files
}

const isFolder = (path: string): boolean => reading(path, () => statSync(path)).isDirectory()

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a file that the user has named. @throws UserError when it cannot be read, is too long, or no text. */
export function textOf(file: string): string {
  const { size } = reading(file, () => statSync(file))
  if (size > longest)
    throw new UserError(`${file}: it has ${Math.ceil(size / 2 ** 20)} MiB; at most ${longest / 2 ** 20} are read`)
  const bytes = reading(file, () => readFileSync(file))
  try {
    if (!bytes.includes(0)) return decoder.decode(bytes)
  } catch {
    // As for one with zero bytes:
  }
  throw new UserError(`${file}: it is no text in UTF-8`)
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const dangling = code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    throw new UserError(`${path}: ${dangling ? 'the link leads to nothing' : (says[code ?? ''] ?? message)}`)
  }
}

const says: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  ELOOP: 'a link that leads to itself',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder, not a file',
}
