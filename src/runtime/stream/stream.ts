import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import type { StreamOptions } from '../runtime.ts'
import { RuntimeError } from '../runtime.ts'
import { type SpdySession, spdySession } from './spdy-session.ts'

/** The streams of an exec or attach. Streams that the caller did not request are absent. */
export interface RemoteStreams {
  /** Ending it closes the program's standard input. */
  stdin?: Duplex
  stdout?: Duplex
  /** Absent with a terminal, which has one output. */
  stderr?: Duplex
  /** With a terminal: `{"Width":80,"Height":24}` a line. */
  resize?: Duplex
  /** At the end one JSON `Status`: `Success`, or `Failure` with the exit code among its causes. */
  error: Duplex
  /** Ends the connection, and with it a program that runs in a terminal. */
  close(): void
  readonly closed: Promise<void>
}

/** Connects to the streaming server of a container runtime: `url` is what `exec` or `attach` answered. */
export async function openStream(url: string, { stdin, stdout, stderr, tty }: StreamOptions): Promise<RemoteStreams> {
  const session = await upgrade(url, 'v4.channel.k8s.io')
  try {
    // The server waits for all of them before it starts the program; the error stream comes first.
    const open = (wanted: boolean, streamType: string) =>
      wanted ? session.open({ streamtype: streamType }) : undefined
    const [error, input, output, errors, resize] = await Promise.all([
      session.open({ streamtype: 'error' }),
      open(stdin, 'stdin'),
      open(stdout, 'stdout'),
      open(stderr && !tty, 'stderr'),
      open(tty, 'resize'),
    ])
    return {
      error,
      ...(input && { stdin: input }),
      ...(output && { stdout: output }),
      ...(errors && { stderr: errors }),
      ...(resize && { resize }),
      close: session.close,
      closed: session.closed,
    }
  } catch (error) {
    session.close()
    throw error
  }
}

/** Asks a streaming server for a SPDY session of that protocol. @throws RuntimeError NotFound when its url is not known. */
export const upgrade = (url: string, protocol: string): Promise<SpdySession> =>
  new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol },
      agent: false,
    })
    asked.on('error', (error) =>
      reject(new RuntimeError('Unavailable', `the container runtime's stream: ${error.message}`)),
    )
    asked.on('upgrade', (_response, socket, head) => resolve(spdySession(socket, { role: 'client', head })))
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString().trim()
        const code = response.statusCode === 404 ? 'NotFound' : 'Unknown'
        reject(new RuntimeError(code, `the container runtime refuses the stream: ${response.statusCode} ${text}`))
      })
    })
    asked.end()
  })
