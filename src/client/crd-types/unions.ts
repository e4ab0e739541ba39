import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { keyText, unionOf } from './text.ts'

/** One alternative of an object: fields that must be there, must not, or have certain values. */
interface Branch {
  required: readonly string[]
  absent: readonly string[]
  values: ReadonlyMap<string, string>
}

/** The alternatives of an object, as its `oneOf` or `anyOf` says; undefined where it says nothing that a type can. */
export function branchesOf({ oneOf, anyOf, properties = {} }: JSONSchemaProps): Branch[] | undefined {
  const given = oneOf ?? anyOf
  if (!given || given.length < 2) return undefined
  const branches = given.map(({ required = [], properties: own = {} }) => ({
    required: required.filter((key) => properties[key]),
    values: new Map(Object.entries(own).flatMap(([key, schema]) => valuesOf(key, schema))),
  }))
  if (branches.some(({ required, values }) => required.length === 0 && values.size === 0)) return undefined
  // If two alternatives would both hold with a field of the other, `oneOf` forbids it.
  const isExclusive =
    oneOf !== undefined && branches.every(({ required, values }) => required.length === 1 && values.size === 0)
  return branches.map((branch, at) => {
    const others = branches.filter((_, index) => index !== at).flatMap(({ required }) => required)
    const absent = isExclusive ? others.filter((key) => !branch.required.includes(key)) : []
    return { ...branch, absent }
  })
}

function valuesOf(key: string, schema: JSONSchemaProps): [string, string][] {
  return schema.enum ? [[key, unionOf(schema.enum)]] : []
}

/** `types`: of the fields. */
export function unionText(branches: Branch[], types: ReadonlyMap<string, string>): string {
  const texts = branches.map(({ required, absent, values }) => {
    const keys = [...new Set([...required, ...values.keys()])]
    const fields = keys.map((key) => {
      const type = values.get(key) ?? types.get(key) ?? 'unknown'
      return required.includes(key) ? `${keyText(key)}: ${type}` : `${keyText(key)}?: ${type} | undefined`
    })
    return `{ ${[...fields, ...absent.map((key) => `${keyText(key)}?: undefined`)].join('; ')} }`
  })
  return `(\n${texts.map((text) => `  | ${text}\n`).join('')})`
}
