/**
 * Sends HTTPS requests to programs outside the server: webhooks of admission, conversion, authentication, authorization and
 * audit, identity providers, aggregated API servers. The core of the server uses no sockets of its own: the transport gives
 * it one of these.
 */
export interface Outbound {
  /** @throws Error when there is no whole answer in time; an answer of any status is an answer. */
  send(request: OutboundRequest): Promise<OutboundAnswer>
}

export interface OutboundRequest {
  method: 'GET' | 'POST'
  /** `https://host:port/path?query` */
  url: string
  /** Connects here instead of to the host of the URL: a Service's ClusterIP or the address of one of its endpoints. */
  connectTo?: { host: string; port: number }
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array
  /** Authorities of the other side's certificate, PEM. Default: those of the system. */
  ca?: string
  /** The name that the other side's certificate must have. Default: the host of the URL. */
  serverName?: string
  /** The server's own certificate, PEM. */
  client?: { cert: string; key: string }
  timeoutMs: number
  /** A longer answer is an error. */
  maxBytes: number
  signal?: AbortSignal
}

export interface OutboundAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}
