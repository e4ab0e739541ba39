import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { ApiError, badRequest, internalError } from '../../api/errors.ts'
import { RuntimeError, type StreamOptions } from '../../runtime/runtime.ts'
import { openStream } from '../../runtime/stream/stream.ts'
import { answeredStreams, serveSpdy } from './answered-exec.ts'
import type { Served } from './served.ts'
import { targetPod, targetRun } from './target.ts'
import { serveTunnel, serveWebSocket } from './web-socket.ts'

const flag = (url: URL, ...names: string[]): boolean =>
  names.some((n) => /^(true|1)$/i.test(url.searchParams.get(n) ?? ''))

/**
 * exec, attach and port-forward: an upgraded connection. SPDY goes through as it is to the URL that the runtime gives for
 * this one request; WebSockets end here and are translated. A runtime that answers commands itself is asked instead.
 */
export async function serveStream(
  served: Served,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet')
  const kind = url.pathname.split('/')[1]
  const tty = flag(url, 'tty')
  const streams: StreamOptions = {
    tty,
    stdin: flag(url, 'input', 'stdin'),
    stdout: flag(url, 'output', 'stdout'),
    stderr: !tty && flag(url, 'error', 'stderr'),
  }
  if (kind !== 'portForward' && !streams.stdin && !streams.stdout && !streams.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  const isWebSocket = /^websocket$/i.test(request.headers.upgrade ?? '')
  if (kind === 'exec' && !url.searchParams.has('command'))
    throw badRequest('you must specify at least 1 command for the container')
  const answered = kind === 'exec' ? answeredStreams(served, url, streams) : undefined
  if (answered && isWebSocket) return serveWebSocket(async () => answered, request, socket, head)
  if (answered) return serveSpdy(answered, request, socket, head)
  const target = await openTarget(served, url, kind, streams).catch((error: unknown) => {
    if (error instanceof ApiError) throw error
    if (error instanceof RuntimeError && error.code === 'Unimplemented')
      throw new ApiError(501, 'NotImplemented', error.message)
    throw internalError(error)
  })
  if (!isWebSocket) return passThrough(target, request, socket, head)
  if (kind === 'portForward')
    return serveTunnel(() => connectRuntime(target, 'portforward.k8s.io'), request, socket, head)
  return serveWebSocket(() => openStream(target, streams), request, socket, head)
}

async function openTarget(served: Served, url: URL, kind: string | undefined, streams: StreamOptions): Promise<string> {
  const { runtime } = served.node
  if (kind === 'exec')
    return runtime.exec(targetRun(served, url, { running: true }).id, url.searchParams.getAll('command'), streams)
  if (kind === 'attach') return runtime.attach(targetRun(served, url, { running: true }).id, streams)
  if (kind === 'portForward') {
    const { pod, state } = targetPod(served, url)
    const sandbox = state.sandboxes.find((s) => s.state === 'READY')
    if (!sandbox) throw badRequest(`pod ${pod.metadata.name} is not running`)
    return runtime.portForward(sandbox.id)
  }
  throw badRequest('this URL has nothing to upgrade to')
}

const hopByHop = new Set(['host', 'content-length', 'transfer-encoding', 'authorization'])

/** Sends the same upgrade to the runtime and joins the two connections. */
function passThrough(target: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)))
  const upstream = httpRequest(target, { method: request.method ?? 'POST', headers, agent: false })
  return answered(upstream, socket, (response, runtimeSocket, runtimeHead) => {
    socket.write(responseHead(response))
    join(socket, runtimeSocket, head, runtimeHead)
  })
}

/** An upgraded SPDY connection to the runtime, its protocol agreed. */
function connectRuntime(target: string, protocol: string): Promise<{ socket: Duplex; head: Buffer }> {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol }
  const upstream = httpRequest(target, { method: 'POST', headers, agent: false })
  return new Promise((resolve, reject) => {
    upstream.on('upgrade', (_, socket, head) => resolve({ socket, head }))
    upstream.on('response', (r) => reject(new Error(`the container runtime refuses the stream: ${r.statusCode}`)))
    upstream.on('error', reject)
    upstream.end()
  })
}

function answered(
  upstream: ClientRequest,
  socket: Duplex,
  upgraded: (response: IncomingMessage, runtimeSocket: Duplex, head: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    upstream.on('upgrade', (response, runtimeSocket, head) => {
      upgraded(response, runtimeSocket, head)
      resolve()
    })
    upstream.on('response', (response) => {
      socket.write(responseHead(response))
      response.pipe(socket)
      resolve()
    })
    upstream.on('error', (error) => reject(internalError(error)))
    upstream.end()
  })
}

function responseHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function join(a: Duplex, b: Duplex, aHead: Buffer, bHead: Buffer): void {
  if (aHead.length > 0) b.write(aHead)
  if (bHead.length > 0) a.write(bHead)
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}
