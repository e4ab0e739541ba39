import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The name of the file beside manifests that lists images to pack before they are applied: YAML, but without an ending by
 * which `kubectl apply -f FOLDER` would take it for a manifest (.yaml, .yml and .json).
 */
const projectFile = 'k8ts.config'

/** Its name before. It is still read where the new one is not there. */
const oldProjectFile = 'k8ts.yaml'

/** Whether a file of this name is a project file, which holds no manifests. */
export const isProjectFile = (name: string): boolean => name === projectFile || name === oldProjectFile

/** The project files that belong to manifests: beside a file, or in a folder. `warn` hears of those with the old name. */
export function projectFilesOf(paths: string[], warn: (text: string) => void): string[] {
  const folders = paths.filter(existsSync).map((path) => (statSync(path).isDirectory() ? path : dirname(path)))
  return [...new Set(folders)].flatMap((folder) => {
    const [file, old] = [join(folder, projectFile), join(folder, oldProjectFile)]
    const hasOld = existsSync(old)
    if (existsSync(file)) {
      if (hasOld) warn(`${old} is not read, because ${projectFile} is there; remove it`)
      return [file]
    }
    if (!hasOld) return []
    warn(`${old}: rename it to ${projectFile}; kubectl takes every .yaml file of a folder for a manifest`)
    return [old]
  })
}
