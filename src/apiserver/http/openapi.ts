import { Scale } from '../../api/autoscaling/v1/index.ts'
import type { Call } from '../../api/call.ts'
import {
  encodeOpenApiV2,
  type OpenApiResource,
  openApiV2,
  openApiV2Accepted,
  openApiV2MediaType,
  openApiV3,
  openApiV3Index,
} from '../../api/openapi/index.ts'
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
    keep(key, 'application/json', () => encoder.encode(JSON.stringify(make())))
  const versions = () =>
    [...resources.groups()].flatMap(([group, names]) => names.map((version) => ({ group, version })))
  const described = (group: string, version: string) => resources.ofVersion(group, version)?.map(openApiResource)

  const v2 = () => openApiV2(versions().flatMap(({ group, version }) => described(group, version) ?? []))

  function v3Document(path: string): OpenApiAnswer | undefined {
    const found = versions().find(({ group, version }) => path === v3Path(group, version))
    const list = found && described(found.group, found.version)
    return list && kept(path, () => openApiV3(list, versions()))
  }

  return (path, accept = '') => {
    if (path === '/openapi/v2')
      return accept.includes(openApiV2Accepted)
        ? keep(`${path} protobuf`, openApiV2MediaType, () => encodeOpenApiV2(v2()))
        : kept(path, v2)
    if (path === '/openapi/v3')
      return kept(path, () =>
        openApiV3Index(
          // What is served does not change while the server runs, nor from one of the same version to the next.
          versions().map(({ group, version }) => ({ path: v3Path(group, version), hash: 'v1.36.0' })),
        ),
      )
    return path.startsWith('/openapi/v3/') ? v3Document(path.slice('/openapi/v3/'.length)) : undefined
  }
}

const v3Path = (group: string, version: string) => (group ? `apis/${group}/${version}` : `api/${version}`)

type SubresourceVerb = 'get' | 'update' | 'patch' | 'create' | 'delete'

function openApiResource({ definition, type }: Served): OpenApiResource {
  const subresources = Object.entries(subresourcesOf(definition)).map(([name, verbs]) => {
    const own = name === 'scale' && definition.scale ? Scale : definition.actions?.[name]?.body
    return { name, verbs: verbs as SubresourceVerb[], ...(own && { type: own }) }
  })
  return { type, verbs: verbsOf(definition) as Call['verb'][], subresources }
}
