import { sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { failure } from '../errors.ts'
import * as t from '../types.ts'
import { Opaque } from '../values.ts'

/** The parts of a URL as Go's `net/url` finds them. */
interface Parts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
}

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL'
  readonly text: string
  readonly parts: Parts
  constructor(text: string, parts: Parts) {
    super()
    this.text = text
    this.parts = parts
  }
  equals(other: unknown): boolean {
    return other instanceof Url && other.text === this.text
  }
}

/** What is wrong with a text that is no absolute URI or path, in Go's words. A fragment counts as a part of what is before it. */
export function urlProblem(text: string): string | undefined {
  const parts = parseUrl(text, text)
  return typeof parts === 'string' ? parts : undefined
}

function parseUrl(text: string, whole: string): Parts | string {
  const problem = (why: string) => `parse ${JSON.stringify(whole)}: ${why}`
  if (text === '') return problem('empty url')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\x00-\x1f\x7f]/.test(text)) return problem('net/url: invalid control character in URL')
  if (text.startsWith(':')) return problem('missing protocol scheme')
  const [prefix = '', scheme = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? []
  const hierarchy = text.slice(prefix.length)
  const mark = hierarchy.indexOf('?')
  const rest = mark < 0 ? hierarchy : hierarchy.slice(0, mark)
  const query = mark < 0 ? '' : hierarchy.slice(mark + 1)
  if (!rest.startsWith('/'))
    return scheme ? { scheme: scheme.toLowerCase(), host: '', path: '', query } : problem('invalid URI for request')
  const [authority = '', given = ''] = scheme ? (/^\/\/([^/]*)/.exec(rest) ?? []) : []
  const path = rest.slice(authority.length)
  const host = given.slice(given.lastIndexOf('@') + 1)
  const why = authority ? hostProblem(given, host) : undefined
  const badEscape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(path)?.[0]
  if (why ?? badEscape) return problem(why ?? `invalid URL escape ${JSON.stringify(badEscape)}`)
  return { scheme: scheme.toLowerCase(), host, path, query }
}

function hostProblem(authority: string, host: string): string | undefined {
  const user = authority.slice(0, Math.max(0, authority.length - host.length - 1))
  if (!/^[a-zA-Z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return 'net/url: invalid userinfo'
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']')
    if (end < 0) return "missing ']' in host"
    return portProblem(host.slice(end + 1))
  }
  const colon = host.indexOf(':')
  const wrong = /[\s"<>\\^`{|}]/.exec(host)?.[0]
  if (wrong) return `invalid character ${JSON.stringify(wrong)} in host name`
  return colon < 0 ? undefined : portProblem(host.slice(colon))
}

const portProblem = (port: string): string | undefined =>
  /^(:\d*)?$/.test(port) ? undefined : `invalid port ${JSON.stringify(port)} after host`

function readUrl(text: string): Url {
  const problem = urlProblem(text)
  const parts = parseUrl(text.replace(/#[\s\S]*$/, ''), text)
  if (problem !== undefined || typeof parts === 'string')
    throw failure(`URL parse error during conversion from string: ${problem ?? String(parts)}`)
  return new Url(text, parts)
}

const hostname = (host: string): string =>
  host.startsWith('[') ? host.slice(1, host.lastIndexOf(']')) : host.replace(/:\d*$/, '')

const port = (host: string): string => /:(\d*)$/.exec(host.slice(host.lastIndexOf(']') + 1))?.[1] ?? ''

/** The path with all escaped that has to be; what is escaped stays as it is. */
const escapedPath = (path: string): string =>
  path.replace(/[^a-zA-Z0-9\-._~!$&'()*+,;=:@/%[\]]+/gu, (part) =>
    [...new TextEncoder().encode(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )

function queryOf(query: string): Record<string, string[]> {
  const result: Record<string, string[]> = Object.create(null)
  for (const part of query.split('&')) {
    if (part === '' || part.includes(';')) continue
    const [key = '', ...value] = part.split('=')
    const decoded = [key, value.join('=')].map(unescaped)
    const [name, text] = decoded
    if (name === undefined || text === undefined) continue
    const values = result[name] ?? []
    values.push(text)
    result[name] = values
  }
  return result
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

const url = t.opaque('kubernetes.URL')
const reading: CallCost = ([x]) => traversal(sizeOf(x))

const part = (id: string, read: (parts: Parts) => unknown, type: t.CelType = t.string) => [
  method(id, [url], type, (x: Url) => read(x.parts)),
]

export const urls: Library = {
  url: [overload('string_to_url', [t.string], url, readUrl, reading)],
  isURL: [overload('is_url_string', [t.string], t.bool, (x: string) => urlProblem(x) === undefined)],
  getScheme: part('url_get_scheme', ({ scheme }) => scheme),
  getHost: part('url_get_host', ({ host }) => host),
  getHostname: part('url_get_hostname', ({ host }) => hostname(host)),
  getPort: part('url_get_port', ({ host }) => port(host)),
  getEscapedPath: part('url_get_escaped_path', ({ path }) => escapedPath(path)),
  getQuery: part('url_get_query', ({ query }) => queryOf(query), t.mapOf(t.string, t.listOf(t.string))),
}
