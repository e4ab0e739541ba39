import type { ClientCertificate } from '../authn/authenticator.ts'

export type { ClientCertificate }

/** An HTTP request as the server sees it, over any connection. */
export interface HttpRequest {
  method: string
  /** Path and query as they were sent. */
  url: string
  /** `name` in lower case. */
  header(name: string): string | undefined
  /** The values of a header, one by one where the client sent it several times. `name` in lower case */
  values(name: string): string[]
  /** All headers, in lower case, to forward with the request. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** All of the body. Rejects with ApiError 413 when it is longer than `limit` bytes. */
  body(limit: number): Promise<Uint8Array>
  /** The client's certificate, where it has one that the listener's authority signed. */
  certificate?: ClientCertificate
  /** The address at the other end of the connection. */
  readonly remoteAddress?: string | undefined
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
}

/** Exactly one of the first two is called, once; or `abort`, at any time. */
export interface HttpResponse {
  send(status: number, headers: Headers, body: Uint8Array | string): void
  stream(status: number, headers: Headers): ResponseStream
  /** Breaks the connection: the client sees no answer, or no more of it. */
  abort(): void
}

/** The server breaks the client's connection in place of an answer. */
export class ConnectionBroken extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConnectionBroken'
  }
}

/** In lower case; a list sends a header several times. */
export type Headers = Record<string, string | string[]>

export interface ResponseStream {
  write(chunk: Uint8Array): void
  /** Bytes written that the network has not taken yet. */
  readonly backlog: number
  /** Ends a complete answer. */
  end(): void
  /** Breaks the answer, visibly for the client. */
  abort(): void
  onClose(callback: () => void): void
}
