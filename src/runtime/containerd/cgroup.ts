import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Removes an empty cgroup and those below it, in every hierarchy (version 1 has several). Those in use stay. */
export function removeCgroup(path: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, path)
    // Never a whole hierarchy.
    if (folder !== join(hierarchy, '/') && existsSync(folder)) removeTree(folder)
  }
}

/** Where cgroup file systems are mounted. */
const hierarchies = (): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, mountpoint = '']) => mountpoint)

/** From the leaves up: a cgroup's files cannot be deleted, and go with it. */
function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name))
  try {
    rmdirSync(folder)
  } catch {
    // A process is in it, or another one has removed it.
  }
}
