import { badRequest, notFound } from '../../api/errors.ts'
import { findContainer, type KubePod } from '../pod.ts'
import type { PodState, Run } from '../runtime-state.ts'
import type { Served } from './served.ts'

export interface PodTarget {
  pod: KubePod
  state: PodState
}

const pods = { group: '', resource: 'pods' }

/** The pod of a URL `/exec/<namespace>/<pod>/...`. @throws ApiError 404 */
export function targetPod({ pods: all, node }: Served, url: URL): PodTarget {
  const [, , namespace = '', name = ''] = url.pathname.split('/').map(decodeURIComponent)
  const pod = all().find((p) => p.metadata.namespace === namespace && p.metadata.name === name)
  if (!pod) throw notFound(pods, name)
  return { pod, state: node.cache.last(pod.metadata.uid) }
}

/** The run of the container that a URL names last: the newest, or the one before. @throws ApiError 400 */
export function targetRun(served: Served, url: URL, { previous = false, running = false } = {}): Run {
  const { pod, state } = targetPod(served, url)
  const name = decodeURIComponent(url.pathname.split('/')[4] ?? '')
  const podName = pod.metadata.name
  if (!findContainer(pod, name)) throw badRequest(`container "${name}" in pod "${podName}" is not available`)
  const runs = state.containers.filter(
    (r) => r.metadata.name === name && (r.state === 'RUNNING' || r.state === 'EXITED'),
  )
  if (previous) {
    // A container that waits for its restart has its last run as the previous one.
    const last = runs[0]?.state === 'EXITED' && waitsFor(pod, name) ? runs[0] : runs[1]
    if (!last) throw badRequest(`previous terminated container "${name}" in pod "${podName}" not found`)
    return last
  }
  const run = runs[0]
  if (!run) {
    const reason = waitsFor(pod, name) ?? 'ContainerCreating'
    throw badRequest(`container "${name}" in pod "${podName}" is waiting to start: ${reason}`)
  }
  if (running && run.state !== 'RUNNING') throw badRequest(`container "${name}" in pod "${podName}" is not running`)
  return run
}

const waitsFor = ({ status }: KubePod, name: string): string | undefined =>
  [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find((s) => s.name === name)?.state
    ?.waiting?.reason
