import type { IncomingMessage } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { badRequest, internalError } from '../../api/errors.ts'
import type { StreamOptions } from '../../runtime/runtime.ts'
import { spdySession } from '../../runtime/stream/spdy-session.ts'
import type { RemoteStreams } from '../../runtime/stream/stream.ts'
import type { Served } from './served.ts'
import { targetRun } from './target.ts'

/**
 * The streams of an exec that the runtime answers itself: it gets all of the input, and then all of the output is there.
 * From a terminal, whose input has no end, it takes none. Undefined where the runtime does not answer.
 * @throws ApiError 400, 404
 */
export function answeredStreams(served: Served, url: URL, options: StreamOptions): RemoteStreams | undefined {
  const { runtime } = served.node
  if (!runtime.answering) return undefined
  const answer = runtime.answering(targetRun(served, url, { running: true }).id)
  if (!answer) return undefined
  const { tty, stdin, stdout, stderr } = options
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const error = new PassThrough()
  const streams = {
    ...(stdin && { stdin: new PassThrough() }),
    ...(stdout && { stdout: new PassThrough() }),
    ...(stderr && { stderr: new PassThrough() }),
    ...(tty && { resize: new PassThrough().resume() }),
  }
  async function run() {
    const input = streams.stdin && !tty ? await text(streams.stdin) : ''
    const result = await answer?.(url.searchParams.getAll('command'), input)
    streams.stdout?.end(result?.stdout)
    streams.stderr?.end(result?.stderr)
    error.end(JSON.stringify(outcomeOf(result?.exitCode ?? 0)))
  }
  run().catch((failure: unknown) => {
    streams.stdout?.end()
    streams.stderr?.end()
    error.end(JSON.stringify(internalError(failure).status))
  })
  return { ...streams, error, close, closed }
}

/** The exit of a program, in the form of runtimes. */
const outcomeOf = (exitCode: number) =>
  exitCode === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${exitCode}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
      }

const protocol = 'v4.channel.k8s.io'

/** The same over SPDY, for kubectl before 1.31. */
export function serveSpdy(remote: RemoteStreams, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const offered = (request.headers['x-stream-protocol-version'] ?? '').toString().split(/,\s*/)
  if (!offered.includes(protocol)) throw badRequest(`of the stream protocols, only ${protocol} is known here`)
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  const session = spdySession(socket, {
    role: 'server',
    head,
    onStream(stream) {
      const { stdin, stdout, stderr, error, resize } = remote
      const type = stream.headers.streamtype
      if (type === 'stdin' && stdin) stream.pipe(stdin)
      else if (type === 'resize' && resize) stream.pipe(resize)
      else if (type === 'stdout') stdout?.pipe(stream)
      else if (type === 'stderr') stderr?.pipe(stream)
      else if (type === 'error') error.pipe(stream)
    },
  })
  void session.closed.then(remote.close)
}
