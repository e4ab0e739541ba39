import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { parseImageName } from '../../runtime/image/reference.ts'
import { UserError } from '../user-error.ts'
import { textOf } from './manifests.ts'

/** An image to pack from `k8ts.config`; its fields have the names of the flags of `k8ts image pack`. Paths are absolute. */
export interface ImageRecipe {
  name: string
  rootfs?: string
  app?: string
  bin: string[]
  /** Debian packages to install when one of `bin` is not there. */
  packages: string[]
  entrypoint?: string[]
  cmd?: string[]
  env: string[]
  /** 8080, `53/udp` */
  port: (number | string)[]
  user?: string
  workdir?: string
}

/** `NAME=value` */
export const isVariable = (value: unknown): boolean => typeof value === 'string' && /^[^=]+=/.test(value)

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string'
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isVariables: Check = (value) => Array.isArray(value) && value.every(isVariable)
const isPorts: Check = (value) => Array.isArray(value) && value.every((p) => Number.isInteger(p) && p > 0 && p < 65536)

const fields: Record<keyof ImageRecipe, { check: Check; is: string }> = {
  name: { check: isText, is: 'a text like web:1' },
  rootfs: { check: isText, is: 'a folder' },
  app: { check: isText, is: 'a folder' },
  bin: { check: isTexts, is: 'a list of programs' },
  packages: { check: isTexts, is: 'a list of Debian packages' },
  entrypoint: { check: isTexts, is: 'a list of texts' },
  cmd: { check: isTexts, is: 'a list of texts' },
  env: { check: isVariables, is: 'a list of NAME=VALUE' },
  port: { check: isPorts, is: 'a list of port numbers' },
  user: { check: isText, is: 'a text' },
  workdir: { check: isText, is: 'a path' },
}

/**
 * The images that a project file lists.
 * @throws UserError that names the file and the field.
 */
export function readProject(file: string): ImageRecipe[] {
  const lines = new LineCounter()
  const document = parseDocument(textOf(file), { lineCounter: lines })
  const problem = document.errors[0]
  if (problem) {
    throw new UserError(`${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message.split(/ at line \d+|\n/)[0]}`)
  }
  const project = parsed(file, () => document.toJS() as unknown) ?? {}
  if (typeof project !== 'object' || Array.isArray(project))
    throw new UserError(`${file}: it must be a mapping with the list images`)
  const unknown = Object.keys(project).find((key) => key !== 'images')
  if (unknown) throw new UserError(`${file}: unknown field ${unknown}; known: images`)
  const { images } = project as { images?: unknown }
  if (images === undefined || images === null) return []
  if (!Array.isArray(images)) throw new UserError(`${file}: images must be a list`)
  return images.map((image, i) => recipe(image, `${file}: images[${i}]`, dirname(file)))
}

function parsed<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message}`)
  }
}

function recipe(image: unknown, where: string, folder: string): ImageRecipe {
  if (typeof image !== 'object' || image === null || Array.isArray(image))
    throw new UserError(`${where} must be a mapping`)
  for (const [key, value] of Object.entries(image)) {
    const field = fields[key as keyof ImageRecipe]
    if (!field) throw new UserError(`${where}: unknown field ${key}; known: ${Object.keys(fields).join(', ')}`)
    if (!field.check(value)) throw new UserError(`${where}.${key} must be ${field.is}`)
  }
  const given = image as Partial<ImageRecipe>
  if (!given.name) throw new UserError(`${where}.name is missing: give it a name like web:1`)
  parsed(`${where}.name`, () => parseImageName(given.name ?? ''))
  const { rootfs, app, bin = [] } = given
  if (!rootfs && !app && bin.length === 0)
    throw new UserError(`${where}: give the image something to hold: rootfs, app or bin`)
  for (const [field, path] of Object.entries({ rootfs, app })) {
    if (path && !statSync(resolve(folder, path), { throwIfNoEntry: false })?.isDirectory())
      throw new UserError(`${where}.${field}: ${resolve(folder, path)} is no folder`)
  }
  return {
    bin: [],
    packages: [],
    env: [],
    port: [],
    ...given,
    name: given.name,
    ...(rootfs && { rootfs: resolve(folder, rootfs) }),
    ...(app && { app: resolve(folder, app) }),
  }
}
