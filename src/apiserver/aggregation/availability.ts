import { Services } from '../../api/core/v1/index.ts'
import { EndpointSlices } from '../../api/discovery/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { Condition } from '../../api/meta/v1/index.ts'
import type { Objects } from '../definition.ts'
import type { AggregatedConnector } from './connector.ts'
import { identityHeaders } from './identity-headers.ts'
import { type RemoteApi, targetOf } from './remote-api.ts'

export type Availability = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Who asks whether an API server answers. */
const checker = { name: 'system:kube-aggregator', groups: ['system:masters'] }
const timeoutMs = 5000

/** Finds out whether a remote API can be used. The reasons and their texts are upstream's. */
export async function availabilityOf(
  api: RemoteApi,
  objects: Objects,
  connector: AggregatedConnector | undefined,
): Promise<Availability> {
  const problem = serviceProblem(api, objects)
  if (problem) return problem
  const path = `/apis/${api.group}/${api.version}`
  try {
    const target = targetOf(objects, api)
    const url = `https://${target.host}:${target.port}${path}`
    if (!connector) throw new Error('this server has no way to reach it')
    const failure = await discoveryFailure(connector, target, path, url)
    return failure ? unavailable('FailedDiscoveryCheck', failure) : passed
  } catch (error) {
    return unavailable('FailedDiscoveryCheck', `failing or missing response from ${path}: ${messageOf(error)}`)
  }
}

const passed: Availability = { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' }
const unavailable = (reason: string, message: string): Availability => ({
  type: 'Available',
  status: 'False',
  reason,
  message,
})

function serviceProblem({ service }: RemoteApi, objects: Objects): Availability | undefined {
  const { namespace, name, port } = service
  const what = `service/${name} in "${namespace}"`
  const found = objects.known(Services, { namespace, name })
  if (!found) return unavailable('ServiceNotFound', `${what} is not present`)
  const { type = 'ClusterIP', ports = [] } = found.spec
  if (type === 'ExternalName') return undefined
  const portOf = ports.find((one) => one.port === port)
  if (!portOf) return unavailable('ServicePortError', `${what} is not listening on port ${port}`)
  const slices = objects
    .knownList(EndpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${what}`)
  const ready = slices.some(
    ({ endpoints = [], ports: slicePorts = [] }) =>
      slicePorts.some((one) => (one.name ?? '') === (portOf.name ?? '')) &&
      endpoints.some(({ conditions }) => conditions?.ready !== false),
  )
  return ready
    ? undefined
    : unavailable(
        'MissingEndpoints',
        `endpointslices for ${what} have no addresses with port name "${portOf.name ?? ''}"`,
      )
}

async function discoveryFailure(
  connector: AggregatedConnector,
  target: ReturnType<typeof targetOf>,
  path: string,
  url: string,
): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const headers = { host: target.serverName, accept: 'application/json', ...identityHeaders(checker) }
    const { status, body } = await connector.request(target, { method: 'GET', path, headers, signal })
    for await (const _ of body);
    return status < 200 || status > 299
      ? `failing or missing response from ${url}: bad status from ${url}: ${status}`
      : undefined
  } catch (error) {
    return `failing or missing response from ${url}: Get "${url}": ${messageOf(error)}`
  }
}
