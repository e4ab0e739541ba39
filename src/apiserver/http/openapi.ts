import { Scale } from '../../api/autoscaling/v1/index.ts'
import type { Call } from '../../api/call.ts'
import { hashObject } from '../../api/hash.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import {
  type Dialect,
  encodeOpenApiV2,
  type OpenApiResource,
  openApiV2Accepted,
  openApiV2MediaType,
  v2,
  v3,
} from '../../api/machinery/openapi/index.ts'
import { openApiV2, openApiV3, openApiV3Index } from '../../api/openapi.ts'
import type { Served } from '../registry/core.ts'
import { subresourcesOf, verbsOf } from '../registry/execute.ts'
import type { Resources } from '../registry/resources.ts'

export interface OpenApiAnswer {
  contentType: string
  bytes: Uint8Array
}

/** The OpenAPI documents of a server's resources, each made when it is first asked for. */
export function openApi(resources: Resources): (path: string, accept?: string) => OpenApiAnswer | undefined {
  const made = new Map<string, Uint8Array>()
  const encoder = new TextEncoder()
  const keep = (key: string, contentType: string, make: () => Uint8Array): OpenApiAnswer => {
    let bytes = made.get(key)
    if (!bytes) {
      bytes = make()
      made.set(key, bytes)
    }
    return { contentType, bytes }
  }
  const kept = (key: string, make: () => unknown) =>
    keep(key, 'application/json', () => encoder.encode(jsonText(make())))
  const versions = () =>
    [...resources.groups()].flatMap(([group, names]) => names.map((version) => ({ group, version })))
  const described = (group: string, version: string, dialect: Dialect) =>
    resources.ofVersion(group, version)?.map((served) => openApiResource(served, dialect))

  const whole = () => openApiV2(versions().flatMap(({ group, version }) => described(group, version, v2) ?? []))

  /** All servers of a version have the same built-in types; definitions change. */
  function hashOf(group: string, version: string): string {
    const etags = (resources.ofVersion(group, version) ?? []).flatMap(
      ({ definition: { custom } }) => custom?.etag ?? [],
    )
    return etags.length === 0 ? 'v1.36.0' : `v1.36.0-${hashObject(etags)}`
  }

  function v3Document(path: string): OpenApiAnswer | undefined {
    const found = versions().find(({ group, version }) => path === v3Path(group, version))
    const list = found && described(found.group, found.version, v3)
    return list && kept(path, () => openApiV3(list, versions()))
  }

  let changes = resources.changes
  return (path, accept = '') => {
    if (changes !== resources.changes) {
      changes = resources.changes
      made.clear()
    }
    if (path === '/openapi/v2')
      return accept.includes(openApiV2Accepted)
        ? keep(`${path} protobuf`, openApiV2MediaType, () => encodeOpenApiV2(whole()))
        : kept(path, whole)
    if (path === '/openapi/v3')
      return kept(path, () =>
        openApiV3Index(
          versions().map(({ group, version }) => ({ path: v3Path(group, version), hash: hashOf(group, version) })),
        ),
      )
    return path.startsWith('/openapi/v3/') ? v3Document(path.slice('/openapi/v3/'.length)) : undefined
  }
}

const v3Path = (group: string, version: string) => (group ? `apis/${group}/${version}` : `api/${version}`)

type SubresourceVerb = 'get' | 'update' | 'patch' | 'create' | 'delete'

function openApiResource({ definition, type }: Served, dialect: Dialect): OpenApiResource {
  const subresources = Object.entries(subresourcesOf(definition)).map(([name, verbs]) => {
    const own = name === 'scale' && definition.scale ? Scale : definition.actions?.[name]?.body
    return { name, verbs: verbs as SubresourceVerb[], ...(own && { type: own }) }
  })
  const { custom, listKind } = definition
  return {
    type,
    verbs: verbsOf(definition) as Call['verb'][],
    subresources,
    ...(listKind && { listKind }),
    ...(custom && { schema: custom.openApiSchema(dialect) }),
  }
}
