import type { Duplex } from 'node:stream'
import { upgrade } from '../../src/runtime/stream/stream.ts'

export interface PortForwarder {
  /** One connection to a port of the pod. An error text arrives on `error` when there is no listener. */
  connect(port: number): Promise<{ data: Duplex; error: Duplex }>
  close(): void
  readonly closed: Promise<void>
}

/** `url` is what `portForward` answered. */
export async function openPortForward(url: string): Promise<PortForwarder> {
  const session = await upgrade(url, 'portforward.k8s.io')
  let requests = 0
  return {
    async connect(port) {
      const shared = { port: String(port), requestid: String(requests++) }
      const error = await session.open({ ...shared, streamtype: 'error' })
      // Nothing is sent to the error stream.
      error.end()
      return { data: await session.open({ ...shared, streamtype: 'data' }), error }
    },
    close: session.close,
    closed: session.closed,
  }
}
