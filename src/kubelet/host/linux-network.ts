import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { openChannel } from '../../grpc/channel.ts'
import { code, GrpcError } from '../../grpc/status.ts'
import type { HostNetwork, HttpRequest } from './host.ts'

const maxBody = 10 * 1024
const maxRedirects = 10

export const linuxNetwork: HostNetwork = {
  http: (request) => get(request, maxRedirects),
  tcp(host, port, timeoutMs) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port })
      const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      const timer = setTimeout(() => socket.destroy(new Error('i/o timeout')), timeoutMs)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.destroy()
        resolve()
      })
      socket.once('error', (error) => {
        clearTimeout(timer)
        reject(new Error(`dial tcp ${where}: ${plain(error)}`))
      })
    })
  },
  grpcHealth,
}

const texts: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ECONNRESET: 'read: connection reset by peer',
}
const plain = (error: Error): string => ('code' in error ? (texts[String(error.code)] ?? error.message) : error.message)

/** Skips verification of certificates and follows redirects to the same host, as upstream's probes do. */
function get({ url, headers, timeoutMs }: HttpRequest, redirects: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`Get ${JSON.stringify(url)}: ${why}`))
    const target = new URL(url)
    const options = {
      agent: false,
      rejectUnauthorized: false,
      headers: { connection: 'close', ...Object.fromEntries(headers.map(({ name, value }) => [name, value])) },
      path: `${target.pathname}${target.search}`,
      hostname: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port,
    }
    const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(options, (response) => {
      const status = response.statusCode ?? 0
      const next = response.headers.location ? new URL(response.headers.location, url) : undefined
      if (status >= 300 && status < 400 && next?.hostname === target.hostname && redirects > 0) {
        clearTimeout(timer)
        response.resume()
        resolve(get({ url: next.href, headers, timeoutMs }, redirects - 1))
        return
      }
      let body = ''
      const finish = () => {
        clearTimeout(timer)
        request.destroy()
        resolve({ status, body: body.slice(0, maxBody) })
      }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > maxBody) finish()
      })
      response.on('end', finish)
      response.on('error', (error) => fail(plain(error)))
    })
    const timer = setTimeout(
      () => request.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
      timeoutMs,
    )
    request.once('error', (error: Error & { code?: string }) => {
      clearTimeout(timer)
      fail(error.code === 'ECONNREFUSED' ? `dial tcp ${target.host}: ${plain(error)}` : plain(error))
    })
    request.end()
  })
}

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** `grpc.health.v1.Health/Check`: the two messages have one field each, so they are written out by hand. */
async function grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const channel = openChannel({ host, port })
  const name = Buffer.from(service)
  const request = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name])
  try {
    const answer = await channel.call('/grpc.health.v1.Health/Check', request, { timeoutMs })
    return statuses[answer[0] === 0x08 ? (answer[1] ?? 0) : 0] ?? 'UNKNOWN'
  } catch (error) {
    const failed = error instanceof GrpcError ? error : new GrpcError(code.unknown, String(error))
    if (failed.code !== code.deadlineExceeded && failed.code !== code.unavailable)
      throw new Error(`error: health rpc probe failed: ${failed.details}`)
    const within = `within ${timeoutMs / 1000}s: context deadline exceeded`
    throw new Error(`timeout: failed to connect service "${address}" ${within}`)
  } finally {
    channel.close()
  }
}
