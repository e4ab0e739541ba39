import { messageOf, serviceUnavailable } from '../../api/errors.ts'
import { withoutToken } from '../authn/chain.ts'
import type { ConnectRequest } from './connect.ts'
import type { NodeAnswer, NodeConnector, NodeRequest } from './connector.ts'
import { rewriteLinks } from './html-links.ts'
import type { ProxyTarget } from './proxy-target.ts'

/** More than an object may have: files are sent through proxies. Bytes. */
const maxBodyBytes = 64 * 1024 * 1024
/** An HTML page longer than this goes through with its links as they are. Bytes. */
const maxHtmlBytes = 8 * 1024 * 1024

/** Headers of one connection, or the client's credentials for this server, which no pod may see. */
const requestOnly = new Set(
  ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'].concat(
    'transfer-encoding',
    'upgrade',
    'content-length',
    'authorization',
    'accept-encoding',
  ),
)
/** May hold a token for this server. */
const webSocketProtocols = 'sec-websocket-protocol'
const answerOnly = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The client's headers for the other end: without credentials, with the forwarding headers. */
export function forwardedHeaders(request: ConnectRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !name.startsWith(':') && !name.startsWith('impersonate-') && !requestOnly.has(name))
      headers[name] = name === webSocketProtocols ? withoutToken(`${value}`) : value
  if (headers[webSocketProtocols] === '') delete headers[webSocketProtocols]
  const authority = request.headers.host ?? request.headers[':authority']
  if (typeof authority === 'string') headers.host = authority
  return {
    ...headers,
    'x-forwarded-uri': pathOf(request.url),
    'x-forwarded-proto': 'https',
    ...(typeof authority === 'string' && { 'x-forwarded-host': authority }),
  }
}

/** Forwards a request to the target of a proxy subresource. @throws ApiError 413, 503 */
export async function proxied(
  target: ProxyTarget,
  path: string,
  request: ConnectRequest,
  nodes: NodeConnector,
): Promise<NodeAnswer> {
  const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : await request.body(maxBodyBytes)
  const sent: NodeRequest = {
    method: request.method,
    path,
    headers: forwardedHeaders(request),
    ...(body && { body }),
    signal: request.signal,
  }
  const answering = 'node' in target ? nodes.request(target.node, sent) : nodes.requestPod(target.pod, sent)
  const answer = await answering.catch((error: unknown) => {
    throw serviceUnavailable(`error trying to reach service: ${messageOf(error)}`)
  })
  return rewritten(answer, prefixOf(request.url, path), request.headers.host)
}

/** Rewrites links and redirects to the other end's root, so that they lead through the proxy. */
async function rewritten(answer: NodeAnswer, prefix: string, host: string | string[] | undefined): Promise<NodeAnswer> {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !answerOnly.has(name)))
  const rewrite = (url: string) => rewriteUrl(url, prefix, typeof host === 'string' ? host : '')
  if (typeof headers.location === 'string') headers.location = rewrite(headers.location)
  const isHtml = /^text\/html\b/i.test(String(headers['content-type'] ?? ''))
  const length = Number(headers['content-length'] ?? 0)
  if (!isHtml || headers['content-encoding'] || length > maxHtmlBytes) return { ...answer, headers }
  delete headers['content-length']
  return { ...answer, headers, body: rewrittenHtml(answer.body, rewrite) }
}

async function* rewrittenHtml(body: NodeAnswer['body'], rewrite: (url: string) => string): AsyncGenerator<Uint8Array> {
  // Bytes as characters, so that a page of any charset stays as it is.
  let html = ''
  let tooLong = false
  for await (const chunk of body) {
    if (tooLong) yield chunk
    else {
      html += latin1(chunk)
      tooLong = html.length > maxHtmlBytes
      if (tooLong) yield bytes(html)
    }
  }
  if (!tooLong) yield bytes(rewriteLinks(html, rewrite))
}

function latin1(chunk: Uint8Array): string {
  let text = ''
  for (let at = 0; at < chunk.length; at += 8192) text += String.fromCharCode(...chunk.subarray(at, at + 8192))
  return text
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

/** `/api/v1/namespaces/default/pods/web/proxy`: the part of the URL before the path at the other end. */
function prefixOf(url: string, path: string): string {
  const whole = pathOf(url)
  const rest = pathOf(path)
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : whole.replace(/\/$/, '')
}

function rewriteUrl(url: string, prefix: string, ownHost: string): string {
  const absolute = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/i.exec(url)
  if (absolute && absolute[1] !== ownHost) return url
  const path = absolute ? absolute[2] || '/' : url
  if (!path.startsWith('/') || path.startsWith(`${prefix}/`)) return url
  return `${prefix}${path}`
}
