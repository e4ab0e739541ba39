/**
 * Writes the declared messages as plain interfaces, with the documentation of their fields: what an editor shows of them.
 * In the sources their static types are derived; the compiler would write whole trees of `ObjectOf<{ ...: Field<...> }>`.
 */
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Field, Message, ScalarName, Type } from './src/api/machinery/schema/schema.ts'

/** Where a message is declared. */
interface Place {
  file: string
  name: string
}

type Places = ReadonlyMap<Message, Place>

/** The declarations of the files below `sources` (`texts`, by path) with interfaces in place of derived types. */
export async function withInterfaces(
  texts: ReadonlyMap<string, string>,
  sources: string,
): Promise<Map<string, string>> {
  const modules = new Map<string, Record<string, unknown>>()
  for (const [file, text] of texts) {
    const isOfApi = file.startsWith('api/') && /\bResourceType</.test(text)
    if (!isOfApi && !text.includes(' extends TypeOf<typeof ')) continue
    modules.set(file, await import(pathToFileURL(join(sources, file.replace(/\.d\.ts$/, '.ts'))).href))
  }
  const places = new Map<Message, Place>()
  for (const [file, exported] of modules) {
    for (const [name, value] of Object.entries(exported)) {
      if (isMessage(value) && texts.get(file)?.includes(`export interface ${name} `)) places.set(value, { file, name })
    }
  }
  return new Map([...texts].map(([file, text]) => [file, rewritten(text, file, modules.get(file) ?? {}, places)]))
}

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'message'

const isResource = (value: unknown): value is { type: Message } =>
  typeof value === 'object' && value !== null && 'resource' in value && 'type' in value && isMessage(value.type)

function rewritten(text: string, file: string, exported: Record<string, unknown>, places: Places): string {
  let out = text
  for (const [name, value] of Object.entries(exported)) {
    const message = isMessage(value) ? value : isResource(value) ? value.type : undefined
    if (!message) continue
    const carrier = isMessage(value) ? machinery(file, 'schema', 'Message') : machinery(file, 'package', 'ResourceType')
    const head = `export declare const ${name}: `
    out = out.replace(statement(out, head), () => `${head}${carrier}<${typeOf(message, file, places)}>;`)
    if (isMessage(value)) {
      out = out.replace(new RegExp(`export interface ${name} extends TypeOf<typeof ${name}> \\{\\s*\\}`), () =>
        interfaceOf(value, file, places),
      )
    }
  }
  if (out === text) return text
  const builtIn = `import type { BuiltIn } from '${pathTo(file, schemaFile)}';\n`
  const unused = /import \{ (type )?TypeOf \} from [^;]*;\n/
  return (out.includes(' extends BuiltIn ') ? builtIn : '') + (out.includes('TypeOf<') ? out : out.replace(unused, ''))
}

const schemaFile = 'api/machinery/schema/schema.d.ts'
const machinery = (file: string, module: 'schema' | 'package', name: string) =>
  reference(file, { file: `api/machinery/schema/${module}.d.ts`, name })

/** The whole statement that begins so; a text that occurs nowhere where there is none. */
function statement(text: string, start: string): string {
  const from = text.indexOf(start)
  if (from < 0) return start
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    if ('<{(['.includes(char)) depth++
    else if ('})]'.includes(char) || (char === '>' && text[at - 1] !== '=')) depth--
    else if (char === ';' && depth === 0) return text.slice(from, at + 1)
  }
  throw new Error(`a statement has no end: ${text.slice(from, from + 80)}`)
}

function interfaceOf(message: Message, file: string, places: Places): string {
  const head = `${comment(message.description)}export interface ${message.name}`
  return `${head}${message.gvk ? ' extends BuiltIn' : ''} ${bodyOf(message, file, places)}`
}

function bodyOf({ fields }: Message, file: string, places: Places): string {
  const lines = Object.entries(fields).map(
    ([name, field]) =>
      `${comment(docOf(field), '    ')}    ${keyOf(name)}${field.isRequired ? '' : '?'}: ${fieldType(field, file, places)};\n`,
  )
  return `{\n${lines.join('')}}`
}

const keyOf = (name: string) => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name))

/** What the field is for, and its default. */
function docOf({ description, defaultValue }: Field): string {
  const isShort = defaultValue !== undefined && typeof defaultValue !== 'object'
  return [description, isShort ? `Default: \`${String(defaultValue)}\`.` : undefined].filter(Boolean).join(' ')
}

const comment = (text: string | undefined, indent = '') =>
  text ? `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n` : ''

const fieldType = ({ type, values }: Field, file: string, places: Places): string =>
  values ? values.map((value) => JSON.stringify(value)).join(' | ') : typeOf(type, file, places)

function typeOf(type: Type, file: string, places: Places): string {
  if (type.kind === 'list') return listOf(typeOf(type.items, file, places))
  if (type.kind === 'map') return `Record<string, ${typeOf(type.values, file, places)}>`
  if (type.kind === 'scalar') return scalarOf(type.name, file)
  const place = places.get(type)
  if (place) return reference(file, place)
  const { items } = type.fields
  if (type.gvk && items?.type.kind === 'list')
    return `${machinery(file, 'package', 'ListOf')}<${typeOf(items.type.items, file, places)}>`
  return bodyOf(type, file, places)
}

const listOf = (item: string) => (/^[\w.()"'/-]+$/.test(item) ? `${item}[]` : `Array<${item}>`)

const scalars: Partial<Record<ScalarName, string>> = {
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  double: 'number',
  intOrString: 'number | string',
}

function scalarOf(name: ScalarName, file: string): string {
  if (name === 'json') return machinery(file, 'schema', 'Json')
  if (name === 'object') return machinery(file, 'schema', 'JsonObject')
  return scalars[name] ?? 'string'
}

const reference = (file: string, { file: target, name }: Place): string =>
  file === target ? name : `import("${pathTo(file, target)}").${name}`

function pathTo(file: string, target: string): string {
  const path = relative(dirname(file), target).replace(/\.d\.ts$/, '.ts')
  return path.startsWith('.') ? path : `./${path}`
}
