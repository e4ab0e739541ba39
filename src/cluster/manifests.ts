import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inOrderOfNeed, ManifestError, type ManifestObject, parseManifest } from '../client/manifests.ts'
import { UserError } from './user-error.ts'

/** The name of the file beside manifests that lists images to pack before they are applied. */
export const projectFile = 'k8ts.yaml'

/**
 * Reads manifests: YAML or JSON files, and folders with all that is in them, in order of name. Namespaces and custom
 * resource definitions come first, as others need them.
 * @throws UserError with file and line for what is missing, does not parse, or is of an unknown kind.
 */
export function readManifests(paths: string[]): ManifestObject[] {
  try {
    return inOrderOfNeed(manifestFiles(paths).flatMap(({ file, text }) => parseManifest(text, file)))
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(error.message) : error
  }
}

/** The texts of manifest files and of folders full of them. @throws UserError for what is missing. */
export function manifestFiles(paths: string[]): { file: string; text: string }[] {
  return paths.flatMap(filesOf).map((file) => ({ file, text: readFileSync(file, 'utf8') }))
}

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
