import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readYaml } from '../../../src/api/machinery/yaml/parse-yaml.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { root } from '../imports.ts'

/** Manifests of real projects, beside the checkout; see the README there. */
const manifestsFolder = join(root, '../shared/manifests')

export interface Expectation {
  file: string
  doc: number
  kind: string
  op: 'create' | 'update'
  accepted: boolean | null
  by: string
  message?: string
  before?: unknown
}

/** A file's objects, in order. */
export interface ManifestFile {
  /** `samples/a.yaml` */
  name: string
  objects: KubeObject[]
}

export interface Project {
  name: string
  files: ManifestFile[]
  expectations: Expectation[]
}

/** The projects whose manifests are there. */
export const projectNames = (): string[] =>
  existsSync(manifestsFolder)
    ? readdirSync(manifestsFolder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'LICENSES')
        .map(({ name }) => name)
    : []

/** Plain files first: `install-experimental.yaml` adds to `install.yaml`. */
const byVariant = (a: string, b: string): number => a.length - b.length || a.localeCompare(b)

const projects = new Map<string, Project>()

/** Reads a project's files. Those of a project that others use are read once. */
export function readProject(name: string): Project {
  const project = projects.get(name) ?? read(name)
  projects.set(name, project)
  return project
}

function read(name: string): Project {
  const folder = join(manifestsFolder, name)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const expect = join(folder, 'expect.json')
  return {
    name,
    files: names
      .filter((file) => file.endsWith('.yaml.gz'))
      .sort(byVariant)
      .map((file) => ({
        name: file.replace(/\.gz$/, ''),
        objects: readYaml(gunzipSync(readFileSync(join(folder, file))).toString()).map(
          (document) => document.value as KubeObject,
        ),
      })),
    expectations: existsSync(expect) ? JSON.parse(readFileSync(expect, 'utf8')) : [],
  }
}
