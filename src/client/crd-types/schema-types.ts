import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { comment, keyText, literal, pascal, unionOf } from './text.ts'
import { branchesOf, unionText } from './unions.ts'

/** Writes types of schemas, and keeps what it has declared. */
export interface TypeWriter {
  /** The declarations so far, in order of use. */
  readonly declarations: readonly string[]
  /** Declares an object's type, and returns its name. */
  object(schema: JSONSchemaProps, name: string, base?: string): string
  /** The name, or where it is taken, one that begins with the group. */
  free(name: string, group: string): string
  /** Whether what it has written needs this import. */
  uses(imported: 'Condition'): boolean
}

/** For one module. */
export function typeWriter(): TypeWriter {
  const declarations: string[] = []
  const taken = new Set<string>()
  const used = new Set<string>()

  const free = (name: string, group = ''): string => {
    if (!taken.has(name)) return name
    const named = `${pascal(group.split('.', 1)[0] ?? '')}${name}`
    for (let count = 1; ; count++) {
      const candidate = count === 1 ? named : `${named}${count}`
      if (!taken.has(candidate)) return candidate
    }
  }

  function object(schema: JSONSchemaProps, name: string, base?: string): string {
    taken.add(name)
    const at = declarations.push('') - 1
    const branches = branchesOf(schema)
    const own = branches ? free(`${name}Fields`) : name
    taken.add(own)
    const fields = fieldsOf(schema, name, base !== undefined)
    const head = `export interface ${own}${base ? ` extends ${base}` : ''}`
    const open = schema['x-kubernetes-preserve-unknown-fields'] ? ['  [name: string]: unknown\n'] : []
    const body = [...fields.map(({ text }) => text), ...open].join('')
    const whole = `${comment(schema.description)}${head} {\n${body}}\n`
    const types = new Map(fields.map(({ key, type }) => [key, type]))
    declarations[at] = branches
      ? `${whole}\n${comment(schema.description)}export type ${name} = ${own} & ${unionText(branches, types)}\n`
      : whole
    return name
  }

  function fieldsOf(schema: JSONSchemaProps, name: string, isRoot: boolean) {
    const always = new Set(schema.required)
    return Object.entries(schema.properties ?? {})
      .filter(([key]) => !isRoot || !typeMeta.has(key))
      .map(([key, property]) => {
        const type = typeOf(property, `${name}${pascal(key)}`)
        const isThere = always.has(key) || property.default !== undefined
        const field = `  ${keyText(key)}${isThere ? '' : '?'}: ${isThere ? type : orUndefined(type)}\n`
        return { key, type, text: comment(docOf(property), '  ') + field }
      })
  }

  /** `name`: of an interface, if it needs one. */
  function typeOf(schema: JSONSchemaProps, name: string): string {
    const type = plainType(schema, name)
    return schema.nullable && type !== 'unknown' ? `${type} | null` : type
  }

  function plainType(schema: JSONSchemaProps, name: string): string {
    const { type, items, properties, additionalProperties } = schema
    const values = schema.enum ?? enumOfBranches(schema)
    if (schema['x-kubernetes-int-or-string']) return 'number | string'
    if (values) return unionOf(values)
    if (schema['x-kubernetes-embedded-resource']) return 'KubeObject & Record<string, unknown>'
    if (isCondition(schema)) {
      used.add('Condition')
      return 'Condition'
    }
    if (properties) return object(schema, free(name))
    if (type === 'array')
      return arrayOf(Array.isArray(items) ? 'unknown' : items ? typeOf(items, `${name}Item`) : 'unknown')
    if (additionalProperties && additionalProperties !== true)
      return `Record<string, ${typeOf(additionalProperties, `${name}Value`)}>`
    return scalars[type ?? ''] ?? 'unknown'
  }

  return { declarations, object, free, uses: (imported) => used.has(imported) }
}

const scalars: Record<string, string> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  object: 'Record<string, unknown>',
}

/** Every object has them. */
const typeMeta = new Set(['apiVersion', 'kind', 'metadata'])

/** So that `exactOptionalPropertyTypes`, which `tsc --init` sets, lets fields be written that may be undefined. */
const orUndefined = (type: string): string => (type === 'unknown' ? type : `${type} | undefined`)

const arrayOf = (item: string): string => (/^\w+$/.test(item) ? `${item}[]` : `(${item})[]`)

/** The values of a field each of whose alternatives lists some. */
function enumOfBranches({ oneOf, anyOf, properties }: JSONSchemaProps) {
  const branches = oneOf ?? anyOf
  if (!branches?.length || properties || branches.some((branch) => !branch.enum)) return undefined
  return [...new Set(branches.flatMap((branch) => branch.enum ?? []))]
}

const ofConditions = new Set(['type', 'status', 'reason', 'message', 'lastTransitionTime', 'observedGeneration'])

/** The schema that Kubernetes' own type of conditions has. */
function isCondition({ properties, required = [] }: JSONSchemaProps): boolean {
  const needed = ['type', 'status', 'reason', 'message', 'lastTransitionTime']
  const keys = Object.keys(properties ?? {})
  return keys.length > 0 && keys.every((key) => ofConditions.has(key)) && needed.every((key) => required.includes(key))
}

function docOf({ description, default: value, format, type }: JSONSchemaProps): string {
  const isShort = value !== undefined && value !== null && typeof value !== 'object'
  return [
    description?.trim(),
    ...(format === 'int64' && type === 'integer' ? ['A bigint beyond 2^53.'] : []),
    ...(isShort ? [`@default ${literal(value)}`] : []),
  ]
    .filter(Boolean)
    .join('\n')
}
