import { type Dialect, definitionsOf, v2, v3 } from './machinery/openapi/definition.ts'
import { listDefinition, type OpenApiResource, patchDefinition, pathsOf } from './machinery/openapi/operations.ts'
import type { JsonObject, Message } from './machinery/schema/schema.ts'
import { DeleteOptions, ListMeta, ObjectMeta, Status, WatchEvent } from './meta/v1/index.ts'
import { messagesByDefinition } from './resources.ts'

const info = { title: 'Kubernetes', version: 'v1.36.0' }

/**
 * The OpenAPI 3 document of one group version (`/openapi/v3/apis/apps/v1`). `served` names all group versions, which
 * options and watch events belong to. Costs milliseconds: make it on the first request, and keep it.
 */
export function openApiV3(resources: readonly OpenApiResource[], served: readonly GroupVersion[] = []): JsonObject {
  const bearer = { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer token' }
  return {
    openapi: '3.0.0',
    info,
    paths: allPaths(resources, v3),
    components: { schemas: allDefinitions(resources, served, v3), securitySchemes: { BearerToken: bearer } },
  }
}

/** The OpenAPI 2 document of all resources (`/openapi/v2`). */
export function openApiV2(resources: readonly OpenApiResource[]): JsonObject {
  const served = new Map(resources.map(({ type }) => [type.apiVersion, { group: type.group, version: type.version }]))
  return {
    swagger: '2.0',
    info,
    paths: allPaths(resources, v2),
    definitions: allDefinitions(resources, [...served.values()], v2),
    security: [{ BearerToken: [] }],
    securityDefinitions: {
      BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer token' },
    },
  }
}

export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** The answer of `/openapi/v3`: where each document is. `hash` names its content, so that clients may keep it. */
export function openApiV3Index(documents: readonly { path: string; hash: string }[]): JsonObject {
  return {
    paths: Object.fromEntries(
      documents.map(({ path, hash }) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]),
    ),
  }
}

function allPaths(resources: readonly OpenApiResource[], dialect: Dialect): JsonObject {
  return Object.assign({}, ...resources.map((resource) => pathsOf(resource, dialect)))
}

function allDefinitions(
  resources: readonly OpenApiResource[],
  served: readonly GroupVersion[],
  dialect: Dialect,
): JsonObject {
  const builtin = resources.filter(({ schema }) => !schema)
  const messages: Message[] = [
    ...builtin.map(({ type }) => type.type),
    ...resources.flatMap(({ subresources = [] }) => subresources.flatMap((subresource) => subresource.type ?? [])),
    ...(builtin.length < resources.length ? [ObjectMeta] : []),
  ]
  const lists = builtin.flatMap(({ type }) => messagesByDefinition.get(listDefinition(type.type)) ?? [])
  const definitions = definitionsOf([...messages, ...lists, Status, DeleteOptions, WatchEvent, ListMeta], dialect)
  definitions[patchDefinition] = { type: 'object', description: 'A patch, in one of the formats of its media type.' }
  if (served.length > 0)
    for (const { definition, name } of [DeleteOptions, WatchEvent]) {
      const kinds = served.map(({ group, version }) => ({ group, version, kind: name }))
      definitions[definition] = { ...definitions[definition], 'x-kubernetes-group-version-kind': kinds }
    }
  for (const resource of resources) addCustom(definitions, resource, dialect)
  return definitions
}

/** A custom resource and its list. */
function addCustom(
  definitions: Record<string, JsonObject>,
  { type: { type, kind }, schema, listKind = `${kind}List` }: OpenApiResource,
  dialect: Dialect,
): void {
  if (!schema) return
  const { group = '', version = '' } = type.gvk ?? {}
  const ref = (definition: string): JsonObject => ({ $ref: dialect.refPrefix + definition })
  definitions[type.definition] = schema
  definitions[listDefinition(type)] = {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: ref(ListMeta.definition),
      items: { type: 'array', items: ref(type.definition) },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  }
}
