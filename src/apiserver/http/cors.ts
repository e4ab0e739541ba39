import type { HttpRequest, HttpResponse } from './exchange.ts'

/**
 * Lets pages of other origins use the server (`--cors-allowed-origins`). Answers a preflight request itself, and returns undefined;
 * otherwise returns the response with the headers that the browser asks for.
 */
export function withCors(
  origins: readonly RegExp[],
  request: HttpRequest,
  response: HttpResponse,
): HttpResponse | undefined {
  const origin = request.header('origin')
  if (!origin || !origins.some((one) => one.test(origin))) return response
  const more = { 'access-control-allow-origin': origin, ...allowed }
  if (request.method === 'OPTIONS') {
    response.send(204, more, '')
    return undefined
  }
  return {
    send: (status, headers, body) => response.send(status, { ...headers, ...more }, body),
    stream: (status, headers) => response.stream(status, { ...headers, ...more }),
    abort: () => response.abort(),
  }
}

const allowed = {
  'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
  'access-control-allow-headers':
    'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since',
  'access-control-expose-headers': 'Date',
  'access-control-allow-credentials': 'true',
}
