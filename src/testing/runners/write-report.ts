import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Writes a file of a folder, and returns its path from the working directory. */
export function writeReport(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  // The folder keeps itself out of git.
  writeFileSync(join(folder, '.gitignore'), '*\n')
  const path = join(folder, name)
  writeFileSync(path, text)
  return relative(process.cwd(), path)
}

/** Deletes a file of a folder, if it is there. */
export function deleteReport(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true })
}
