import { openApiV2Accepted } from '../../api/machinery/openapi/index.ts'
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { RemoteApi } from '../aggregation/remote-api.ts'
import { encodeJson } from './encode.ts'
import type { OpenApiAnswer } from './openapi.ts'

const decoder = new TextDecoder()
type Json = Record<string, unknown>

/** An OpenAPI document with what other API servers describe. `local`: this server's own. */
export async function mergedOpenApi(
  aggregation: Aggregation,
  path: string,
  accept = '',
  local: OpenApiAnswer | undefined,
): Promise<OpenApiAnswer | undefined> {
  const apis = aggregation.all().filter(({ available }) => available)
  const json = (value: unknown): OpenApiAnswer => ({ contentType: 'application/json', bytes: encodeJson(value) })
  if (path === '/openapi/v3' && local) return json(await withRemotePaths(aggregation, apis, parsed(local)))
  // Clients that read the protobuf form get what this server itself has: of others there is JSON only.
  if (path === '/openapi/v2' && local && !accept.includes(openApiV2Accepted))
    return json(await withRemoteSwagger(aggregation, apis, parsed(local)))
  const api = apis.find(({ group, version }) => path === `/openapi/v3/apis/${group}/${version}`)
  const document = api && (await aggregation.document(api, path))
  return document === undefined ? local : json(document)
}

const parsed = ({ bytes }: OpenApiAnswer): Json => JSON.parse(decoder.decode(bytes)) as Json

async function withRemotePaths(aggregation: Aggregation, apis: readonly RemoteApi[], local: Json): Promise<Json> {
  const paths = { ...(local.paths as Json) }
  for (const api of apis) {
    const key = `apis/${api.group}/${api.version}`
    const index = (await aggregation.document(api, '/openapi/v3')) as { paths?: Json } | undefined
    const found = index?.paths?.[key]
    if (found) paths[key] = found
  }
  return { ...local, paths }
}

/** Adds the paths of remote groups, and the definitions that these need and this server does not have. */
async function withRemoteSwagger(aggregation: Aggregation, apis: readonly RemoteApi[], local: Json): Promise<Json> {
  const paths = { ...(local.paths as Json) }
  const definitions = { ...(local.definitions as Json) }
  for (const api of apis) {
    const document = (await aggregation.document(api, '/openapi/v2')) as
      | { paths?: Json; definitions?: Json }
      | undefined
    const prefix = `/apis/${api.group}/${api.version}/`
    const own = Object.entries(document?.paths ?? {}).filter(([path]) => `${path}/`.startsWith(prefix))
    for (const [path, item] of own) paths[path] = item
    const wanted = [...referencesIn(own)]
    for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
      const definition = document?.definitions?.[name]
      if (definition === undefined || Object.hasOwn(definitions, name)) continue
      definitions[name] = definition
      wanted.push(...referencesIn(definition))
    }
  }
  return { ...local, paths, definitions }
}

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    if (key === '$ref' && typeof inner === 'string') yield inner.replace('#/definitions/', '')
    else yield* referencesIn(inner)
}
