import type { KubeObject } from '../../api/object.ts'
import { admit, checkAdmission } from '../registry/admit.ts'
import type { Request } from '../registry/core.ts'
import { shownOf } from '../registry/shown.ts'

/**
 * Lets the admission plugins judge a request for a stream or a proxy (operation CONNECT). They see its query as an object,
 * PodExecOptions and the like, and cannot change it. Reading logs is no such request.
 */
export async function admitConnect(request: Request, query: URLSearchParams, path: string): Promise<void> {
  const { core, served, call } = request
  const { subresource = '' } = call
  if (core.admission.length === 0 || subresource === 'log') return
  const [shown] = shownOf(core, served, subresource)
  const object: KubeObject & object = {
    kind: shown?.kind.kind ?? '',
    apiVersion: 'v1',
    ...(fields[subresource] ?? proxyFields)(query, path),
  }
  await admit(request, 'CONNECT', object)
  await checkAdmission(request, 'CONNECT', object)
}

const fields: Record<string, (query: URLSearchParams) => object> = {
  exec: (query) => ({ ...streams(query), command: query.getAll('command') }),
  attach: streams,
  portforward: (query) => {
    const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number))
    return ports.length > 0 ? { ports } : {}
  },
}

const proxyFields = (_: URLSearchParams, path: string): object => (path ? { path } : {})

function streams(query: URLSearchParams): object {
  const container = query.get('container')
  const isOn = (name: string) => /^(true|1)$/i.test(query.get(name) ?? '')
  const on = ['stdin', 'stdout', 'stderr', 'tty'].filter(isOn).map((name) => [name, true])
  return { ...Object.fromEntries(on), ...(container && { container }) }
}
