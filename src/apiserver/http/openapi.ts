import { Scale } from '../../api/autoscaling/v1/index.ts'
import type { Call } from '../../api/call.ts'
import { type OpenApiResource, openApiV2, openApiV3, openApiV3Index } from '../../api/openapi/index.ts'
import type { Served } from '../registry/core.ts'
import { subresourcesOf, verbsOf } from '../registry/execute.ts'
import type { Resources } from '../registry/resources.ts'

/** The OpenAPI documents of a server's resources, each made when it is first asked for. */
export function openApi(resources: Resources): (path: string) => Uint8Array | undefined {
  const made = new Map<string, Uint8Array>()
  const encoder = new TextEncoder()
  const kept = (key: string, make: () => unknown): Uint8Array => {
    let bytes = made.get(key)
    if (!bytes) {
      bytes = encoder.encode(JSON.stringify(make()))
      made.set(key, bytes)
    }
    return bytes
  }
  const versions = () =>
    [...resources.groups()].flatMap(([group, names]) => names.map((version) => ({ group, version })))
  const described = (group: string, version: string) => resources.ofVersion(group, version)?.map(openApiResource)

  function v3Document(path: string): Uint8Array | undefined {
    const found = versions().find(({ group, version }) => path === v3Path(group, version))
    const list = found && described(found.group, found.version)
    return list && kept(path, () => openApiV3(list, versions()))
  }

  return (path) => {
    if (path === '/openapi/v2')
      return kept(path, () => openApiV2(versions().flatMap(({ group, version }) => described(group, version) ?? [])))
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
