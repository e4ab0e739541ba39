import { badRequest } from '../../api/errors.ts'
import { type LogOptions, readLog } from '../logs/read.ts'
import type { Run } from '../runtime-state.ts'
import type { KubeletAnswer, Served } from './served.ts'
import { targetRun } from './target.ts'

/** `/containerLogs/<namespace>/<pod>/<container>` with the options of `PodLogOptions`. */
export function serveLogs(served: Served, url: URL, signal: AbortSignal): KubeletAnswer {
  const { node } = served
  const query = url.searchParams
  const run = targetRun(served, url, { previous: isSet(query, 'previous') })
  const options = logOptions(query, node.ctx.clock.now())
  const { files, simulated } = node.host
  const source = {
    files,
    path: run.logPath,
    // Simulated logs report each change: extra checks would only keep virtual time busy.
    ...(!simulated && { clock: node.ctx.clock }),
    isRunning: () => isRunning(run, served),
    signal,
  }
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: readLog(source, options) }
}

async function isRunning({ id, labels }: Run, { node }: Served): Promise<boolean> {
  const { host, runtime, cache } = node
  if (host.simulated)
    return runtime.containerStatus(id).then(
      ({ state }) => state === 'RUNNING',
      () => false,
    )
  const uid = labels['io.kubernetes.pod.uid'] ?? ''
  return cache.last(uid).containers.some((c) => c.id === id && c.state === 'RUNNING')
}

const isSet = (query: URLSearchParams, name: string): boolean => /^(true|1)$/i.test(query.get(name) ?? '')

/** @throws ApiError 400 for what is no number or time. */
function logOptions(query: URLSearchParams, now: number): LogOptions {
  const number = (name: string): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    if (!/^\d+$/.test(text)) throw badRequest(`invalid ${name}: ${JSON.stringify(text)}`)
    return Number(text)
  }
  const sinceSeconds = number('sinceSeconds')
  const sinceTime = query.get('sinceTime')
  const since = sinceSeconds !== undefined ? now - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined
  if (Number.isNaN(since)) throw badRequest(`invalid sinceTime: ${JSON.stringify(sinceTime)}`)
  const tailLines = number('tailLines')
  const limitBytes = number('limitBytes')
  const stream = query.get('stream')?.toLowerCase()
  return {
    follow: isSet(query, 'follow'),
    timestamps: isSet(query, 'timestamps'),
    ...(tailLines !== undefined && { tailLines }),
    ...(since !== undefined && { since }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...((stream === 'stdout' || stream === 'stderr') && { stream }),
  }
}
