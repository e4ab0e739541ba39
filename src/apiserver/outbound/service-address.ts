import { Services } from '../../api/core/v1/index.ts'
import type { Objects } from '../definition.ts'

/**
 * Where a Service is reached from the server's machine: its cluster IP, as upstream does without
 * `--enable-aggregator-routing`.
 * @throws Error when there is no such Service or port
 */
export function serviceAddress(
  objects: Pick<Objects, 'known'>,
  { namespace, name, port }: { namespace: string; name: string; port: number },
): { host: string; port: number } {
  const service = objects.known(Services, { namespace, name })
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`)
  const { type = 'ClusterIP', clusterIP = '', externalName = '', ports = [] } = service.spec
  if (type === 'ExternalName') return { host: externalName, port }
  if (type === 'ClusterIP' && clusterIP === 'None') return { host: `${name}.${namespace}.svc`, port }
  if (!ports.some((one) => one.port === port))
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`)
  return { host: clusterIP, port }
}
