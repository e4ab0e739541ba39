import { ApiError, methodNotAllowed } from '../../api/errors.ts'
import { exposition, type Family, readings } from '../metrics/metrics.ts'
import type { Resources } from '../registry/resources.ts'
import type { ServerCore } from '../server.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts'
import { aggregatedDiscovery } from './discovery-aggregated.ts'
import { mergedDiscovery, mergedGroups } from './discovery-merged.ts'
import { encodeJson } from './encode.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { type HealthEndpoint, health } from './health.ts'
import { mergedOpenApi } from './openapi-merged.ts'
import type { HttpOptions, VersionInfo } from './serve.ts'
import { storageMetrics } from './storage-metrics.ts'

interface Asked {
  request: HttpRequest
  response: HttpResponse
  path: string
  query: URLSearchParams
}

/** Everything that is served and is no resource: discovery, health, version, metrics, the OpenAPI documents. */
export function documents(
  { resources, ready }: ServerCore,
  options: Pick<HttpOptions, 'version' | 'documents' | 'debug' | 'aggregation'>,
  families: readonly Family[],
): (asked: Asked) => Promise<number> {
  const version = { ...defaultVersion, ...options.version }
  // Most servers of tests are never asked for it.
  const loadOpenApi = async () => (await import('./openapi.ts')).openApi(resources)
  let describing: ReturnType<typeof loadOpenApi> | undefined
  const checks = health(ready)
  const { aggregation } = options
  const metrics: Record<string, readonly Family[]> = {
    '/metrics': [...families, ...storageMetrics(resources), ...checks.families, buildInfo(version)],
    '/metrics/slis': checks.families,
  }

  return async ({ request, response, path: given, query }) => {
    const path = given.length > 1 && given.endsWith('/') ? given.slice(0, -1) : given
    const [, root = '', ...rest] = path.split('/')
    const json = (value: unknown, contentType = 'application/json') => {
      response.send(200, { 'content-type': contentType }, encodeJson(value))
      return 200
    }
    const text = (status: number, body: string, contentType = 'text/plain; charset=utf-8') => {
      response.send(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }, body)
      return status
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw methodNotAllowed({ group: '', resource: path }, request.method.toLowerCase())

    const endpoint = healthEndpoints.find((name) => name === root)
    if (endpoint) {
      const { status, body } = await checks.answer(endpoint, rest.join('/'), query)
      return text(status, body)
    }
    if (path === '/version') return json(version)
    const counted = Object.hasOwn(metrics, path) && metrics[path]
    if (counted) return text(200, exposition(counted), 'text/plain; version=0.0.4; charset=utf-8')
    if (path === '/') return json({ paths: pathsOf(resources, ready, options) })
    const extra = options.documents?.[path]
    if (extra) {
      const { contentType, body } = await extra()
      response.send(200, { 'content-type': contentType }, body)
      return 200
    }

    if (root === 'debug') {
      const page = options.debug?.(path)
      if (page !== undefined) return text(200, page)
    }
    if (root === 'openapi') {
      describing ??= loadOpenApi()
      const local = (await describing)(path, request.header('accept'))
      const description = aggregation?.all().length
        ? await mergedOpenApi(aggregation, path, request.header('accept'), local)
        : local
      if (description) {
        response.send(200, { 'content-type': description.contentType }, description.bytes)
        return 200
      }
    }
    if (root === 'api' || root === 'apis') {
      const aggregated = rest.length === 0 && aggregatedDiscovery(resources, root, request.header('accept'))
      const remote = root === 'apis' && aggregation?.all().length ? aggregation : undefined
      if (aggregated)
        return json(remote ? await mergedDiscovery(remote, aggregated.body) : aggregated.body, aggregated.contentType)
      const body = discoveryOf(resources, root, rest)
      const merged = remote ? mergedGroups(remote, body, rest) : body
      if (merged) return json(merged)
    }
    throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
  }
}

const healthEndpoints: readonly HealthEndpoint[] = ['livez', 'readyz', 'healthz']

const buildInfo = (version: Partial<VersionInfo>): Family => {
  const names = [
    'major',
    'minor',
    'gitVersion',
    'gitCommit',
    'gitTreeState',
    'buildDate',
    'goVersion',
    'compiler',
    'platform',
  ] as const
  const labels = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  return readings('kubernetes_build_info', 'What runs here.', labels, () => [
    [names.map((name) => version[name] ?? ''), 1],
  ])
}

function discoveryOf(resources: Resources, root: string, rest: string[]): unknown {
  const [first = '', second] = rest
  if (root === 'api') {
    if (rest.length === 0) return apiVersions(resources)
    return rest.length === 1 ? apiResourceList(resources, '', first) : undefined
  }
  if (rest.length === 0) return apiGroupList(resources)
  if (rest.length === 1) return first === '' ? undefined : apiGroup(resources, first)
  return rest.length === 2 && second && first !== '' ? apiResourceList(resources, first, second) : undefined
}

function pathsOf(
  resources: Resources,
  ready: ReadonlyMap<string, unknown>,
  { documents = {} }: Pick<HttpOptions, 'documents'>,
): string[] {
  const groups = [...resources.groups()].flatMap(([group, versions]) =>
    group === ''
      ? versions.map((version) => `/api/${version}`)
      : [`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`)],
  )
  const checks = [...ready.keys()].flatMap((name) => [`/livez/${name}`, `/readyz/${name}`])
  return [
    '/api',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
    ...groups,
    ...checks,
    ...Object.keys(documents),
  ].sort()
}

const defaultVersion = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'k8ts',
  platform: 'linux/amd64',
}
