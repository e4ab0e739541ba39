import type { IncomingMessage, ServerResponse } from 'node:http'
import { badRequest } from '../../api/errors.ts'
import { type LogOptions, readLog } from '../logs/read.ts'
import type { Served } from './server.ts'
import { targetRun } from './target.ts'

/** `/containerLogs/<namespace>/<pod>/<container>` with the options of `PodLogOptions`. */
export async function serveLogs(
  served: Served,
  url: URL,
  response: ServerResponse,
  request: IncomingMessage,
): Promise<void> {
  const { node } = served
  const query = url.searchParams
  const run = targetRun(served, url, { previous: isSet(query, 'previous') })
  const options = logOptions(query, node.ctx.clock.now())
  const stop = new AbortController()
  response.on('close', () => stop.abort())
  request.on('error', () => stop.abort())
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  const uid = run.labels['io.kubernetes.pod.uid'] ?? ''
  const source = {
    files: node.host.files,
    path: run.logPath,
    clock: node.ctx.clock,
    isRunning: () => node.cache.last(uid).containers.some((c) => c.id === run.id && c.state === 'RUNNING'),
    signal: stop.signal,
  }
  for await (const chunk of readLog(source, options)) {
    if (response.write(chunk)) continue
    await new Promise<void>((resolve) => {
      response.once('drain', resolve)
      stop.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  response.end()
}

const isSet = (query: URLSearchParams, name: string): boolean => /^(true|1)$/i.test(query.get(name) ?? '')

/** @throws ApiError 400 for what is no number or time. */
export function logOptions(query: URLSearchParams, now: number): LogOptions {
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
