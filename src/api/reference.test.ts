import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { definitionsOf, v2 } from './machinery/openapi/definition.ts'
import type { Field, JsonObject, Message, Type } from './machinery/schema/schema.ts'
import { builtinResources, messagesByDefinition } from './resources.ts'

/** Published descriptions of Kubernetes 1.36, kept outside of the repository. */
const reference = resolve(import.meta.dirname, '../../../shared/reference')
const isThere = existsSync(reference)
if (!isThere) console.warn('skipped: the published API descriptions (../shared/reference) are not here')

interface OpenApi {
  definitions: Record<string, JsonObject>
  paths: Record<string, Record<string, { 'x-kubernetes-group-version-kind'?: Gvk; 'x-kubernetes-action'?: string }>>
}
interface Gvk {
  group: string
  version: string
  kind: string
}
type ProtoMessages = Record<string, Record<string, [number, string]>>

describe.skipIf(!isThere)('declarations and the published API', () => {
  const openApi = isThere
    ? (JSON.parse(gunzipSync(readFileSync(`${reference}/kubernetes-1.36-openapi-v2.json.gz`)).toString()) as OpenApi)
    : { definitions: {}, paths: {} }
  const proto = isThere
    ? (JSON.parse(readFileSync(`${reference}/kubernetes-1.36-protobuf-fields.json`, 'utf8')) as ProtoMessages)
    : {}

  test('every definition of a v1 API is declared', () => {
    const isGa = (name: string) => /^io\.k8s\..*\.v\d+\.\w+$/.test(name) && !/\.v\d+(alpha|beta)/.test(name)
    const declared = new Set(Object.keys(definitionsOf(messagesByDefinition.values(), v2)))
    /** No type: the body of a PATCH request. */
    declared.add('io.k8s.apimachinery.pkg.apis.meta.v1.Patch')
    const missing = Object.keys(openApi.definitions).filter((name) => isGa(name) && !declared.has(name))
    expect(missing).toEqual([])
  })

  test('fields, types, required, list and patch annotations, GVKs', () => {
    const declared = definitionsOf(messagesByDefinition.values(), v2)
    for (const [name, published] of Object.entries(openApi.definitions)) {
      const own = declared[name]
      if (own) expect(comparable(own, name), name).toEqual(comparable(published, name))
    }
  })

  test('protobuf numbers', () => {
    const problems = [...messagesByDefinition.values()].flatMap((message) => protoProblems(message, proto))
    expect(problems).toEqual([])
  })

  test('resources and their scope', () => {
    const published = new Set<string>()
    for (const [path, operations] of Object.entries(openApi.paths)) {
      const match = /^\/(?:api|apis\/([^/]+))\/(v\d+)\/(namespaces\/\{namespace\}\/)?([a-z]+)\/?$/.exec(path)
      if (!match) continue
      const [, group = '', version, namespaced, resource] = match
      const post = operations.post ?? operations.get
      const kind = post?.['x-kubernetes-group-version-kind']
      const isList =
        !operations.post && path.includes('namespaces/{namespace}/') === false && publishedNamespaced(openApi, path)
      if (kind && !isList)
        published.add(`${group}/${version}/${resource} ${kind.kind}${namespaced ? ' namespaced' : ''}`)
    }
    const declared = builtinResources.map(
      (r) => `${r.group}/${r.version}/${r.resource} ${r.kind}${r.namespaced ? ' namespaced' : ''}`,
    )
    expect(declared.sort()).toEqual([...published].sort())
  })
})

/** Whether the resource of an all-namespaces path is a namespaced one. */
function publishedNamespaced({ paths }: OpenApi, path: string): boolean {
  const namespaced = path.replace(/\/([a-z]+)\/?$/, '/namespaces/{namespace}/$1')
  return namespaced in paths || `${namespaced}/` in paths
}

/** A definition without what is prose, or says no more than what version 3 says better. */
function comparable(schema: JsonObject, name: string): unknown {
  const { description: _, 'x-kubernetes-unions': __, ...rest } = structuredClone(schema)
  const properties = (rest.properties ?? {}) as Record<string, JsonObject>
  for (const property of Object.values(properties)) delete property.description
  if (Array.isArray(rest.required)) rest.required.sort()
  /** Options and watch events belong to every group version that is served: those of one server, not of the type. */
  if (/\.(DeleteOptions|WatchEvent|Status)$/.test(name)) delete rest['x-kubernetes-group-version-kind']
  return rest
}

const protoNameOf = (definition: string) =>
  definition
    .replace(/^io\.k8s\./, 'k8s.io.')
    .replace('k8s.io.kube-aggregator', 'k8s.io.kube_aggregator')
    .replace('k8s.io.apiextensions-apiserver', 'k8s.io.apiextensions_apiserver')

const protoScalars: Record<string, string> = {
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  time: 'Time',
  microTime: 'MicroTime',
}

function protoTypeOf(type: Type): string {
  if (type.kind === 'list') return `repeated ${protoTypeOf(type.items)}`
  if (type.kind === 'map') return `map<string,${type.values.kind === 'list' ? 'ExtraValue' : protoTypeOf(type.values)}>`
  if (type.kind === 'message') return type.name
  if (type.definition && (type.name === 'object' || type.name === 'json'))
    return type.definition.split('.').at(-1) ?? ''
  return protoScalars[type.name] ?? type.name
}

const shortName = (type: string) => type.replace(/\.?(?:[\w-]+\.)+(\w+)/g, '$1')

function protoProblems(message: Message, messages: ProtoMessages): string[] {
  const published = messages[protoNameOf(message.definition)]
  if (!published) return [`${message.definition}: no such protobuf message`]
  const own = new Map<string, string>()
  const nested = new Set<number>()
  for (const [name, field] of Object.entries(message.fields)) {
    if (field.number === 0) continue
    const outer = field.path?.[0]
    if (outer === undefined)
      own.set(`${field.number}`, `${name} ${field.isWrapped ? 'Verbs' : protoTypeOf(field.type)}`)
    else nested.add(outer)
  }
  const problems = embedProblems(message, messages)
  for (const [name, [number, type]] of Object.entries(published)) {
    if (nested.has(number)) continue
    const declared = own.get(`${number}`)
    own.delete(`${number}`)
    const wanted = `${name} ${shortName(type)}`
    if (declared?.toLowerCase().replaceAll(/[-_$]/g, '') !== wanted.toLowerCase().replaceAll('_', ''))
      problems.push(`${message.definition}: ${number} is ${declared}, published ${wanted}`)
  }
  return [...problems, ...[...own.values()].map((name) => `${message.definition}: ${name} is not published`)]
}

/** Fields that are nested in protobuf: each step of the path is a published message field. */
function embedProblems(message: Message, messages: ProtoMessages): string[] {
  const problems: string[] = []
  for (const [name, field] of Object.entries(message.fields as Record<string, Field>)) {
    let at = protoNameOf(message.definition)
    for (const step of field.path ?? []) {
      const type = Object.values(messages[at] ?? {}).find(([number]) => number === step)?.[1]
      if (!type) problems.push(`${message.definition}.${name}: no field ${step} in ${at}`)
      at = type?.startsWith('.') ? type.slice(1) : `${at.replace(/\.\w+$/, '')}.${type}`
    }
    if (!field.path) continue
    const found = Object.entries(messages[at] ?? {}).find(([, [number]]) => number === field.number)
    if (found?.[0] !== name) problems.push(`${message.definition}.${name}: ${field.number} in ${at} is ${found?.[0]}`)
  }
  return problems
}
