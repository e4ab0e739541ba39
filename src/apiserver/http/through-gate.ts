import type { FlowRequest, Gate } from '../flow-control/flow-control.ts'
import type { HttpResponse } from './exchange.ts'
import type { Exchange } from './send.ts'

/** Runs a request when the gate lets it in. Without a gate: at once. Its place is free again when `run` has ended. */
export async function throughGate(
  gate: Gate | undefined,
  exchange: Exchange,
  asked: Pick<FlowRequest, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'>,
  run: () => Promise<number>,
): Promise<number> {
  if (!gate) return run()
  const { request, user, path, query } = exchange
  const flow = gate.flowOf({ ...asked, user, path, query, signal: () => request.signal })
  exchange.response = withHeaders(exchange.response, flow.headers)
  const entry = flow.enter()
  const leave = entry instanceof Promise ? await entry : entry
  try {
    return await run()
  } finally {
    leave()
  }
}

/** The response with further headers. */
const withHeaders = (response: HttpResponse, more: Record<string, string>): HttpResponse => ({
  send: (status, headers, body) => response.send(status, { ...headers, ...more }, body),
  stream: (status, headers) => response.stream(status, { ...headers, ...more }),
  abort: () => response.abort(),
})
