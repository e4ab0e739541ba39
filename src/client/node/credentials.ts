import { readFileSync } from 'node:fs'

/** A client's own credentials, and the authorities that it trusts. Certificates and keys are PEM. */
export interface Credentials {
  ca?: string | Buffer
  cert?: string | Buffer
  key?: string | Buffer
  /** Instead of the former: files, read again for each connection, so that renewed ones take effect. */
  caFile?: string
  certFile?: string
  keyFile?: string
  token?: string
  /** Read again every minute, since ServiceAccount tokens are renewed. */
  tokenFile?: string
  username?: string
  password?: string
  impersonate?: { user: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }
  insecureSkipTlsVerify?: boolean
  /** The name that the server's certificate must carry, if it isn't the URL's host. */
  serverName?: string
}

/** Options for TLS connections; reads files now. */
export function tlsOptions(c: Credentials) {
  return {
    ca: c.ca ?? (c.caFile && readFileSync(c.caFile)) ?? undefined,
    cert: c.cert ?? (c.certFile && readFileSync(c.certFile)) ?? undefined,
    key: c.key ?? (c.keyFile && readFileSync(c.keyFile)) ?? undefined,
    rejectUnauthorized: !c.insecureSkipTlsVerify,
    ...(c.serverName && { servername: c.serverName }),
  }
}

const tokenGoodForMs = 60_000

/** Makes the headers that authenticate a request. Keeps the last token if its file becomes unreadable. */
export function authHeaders(c: Credentials): () => Record<string, string | string[]> {
  let read: { token: string; at: number } | undefined

  function token(): string | undefined {
    if (!c.tokenFile) return c.token
    if (read && performance.now() - read.at < tokenGoodForMs) return read.token
    try {
      read = { token: readFileSync(c.tokenFile, 'utf8').trim(), at: performance.now() }
    } catch (error) {
      if (!read) throw error
    }
    return read.token
  }

  const impersonation: Record<string, string | string[]> = {}
  if (c.impersonate) {
    const { user, uid, groups = [], extra = {} } = c.impersonate
    impersonation['impersonate-user'] = user
    if (uid) impersonation['impersonate-uid'] = uid
    if (groups.length) impersonation['impersonate-group'] = groups
    for (const [name, values] of Object.entries(extra))
      impersonation[`impersonate-extra-${encodeURIComponent(name).toLowerCase()}`] = values
  }

  return () => {
    const bearer = token()
    if (bearer) return { authorization: `Bearer ${bearer}`, ...impersonation }
    if (c.username === undefined) return impersonation
    const basic = Buffer.from(`${c.username}:${c.password ?? ''}`).toString('base64')
    return { authorization: `Basic ${basic}`, ...impersonation }
  }
}
