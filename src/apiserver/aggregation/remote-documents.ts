import type { Clock } from '../../api/clock.ts'
import { parseJson } from '../../api/machinery/json/json-text.ts'
import type { Objects } from '../definition.ts'
import type { AggregatedConnector } from './connector.ts'
import { identityHeaders } from './identity-headers.ts'
import { type RemoteApi, targetOf } from './remote-api.ts'

/** Who reads the documents that the server merges into its own. */
const reader = { name: 'system:aggregator', groups: ['system:masters'] }
const freshMs = 60_000
const timeoutMs = 5000
const maxBytes = 32 * 1024 * 1024

/**
 * Reads JSON documents of remote API servers: discovery and OpenAPI. Keeps each for a minute; after that an old one is good
 * enough while a new one comes. Undefined: there is none.
 */
export function remoteDocuments(objects: Objects, connector: AggregatedConnector | undefined, clock: Clock) {
  const kept = new Map<string, { at: number; value: Promise<unknown>; last?: unknown }>()

  async function fetch(api: RemoteApi, path: string, accept: string): Promise<unknown> {
    if (!connector) return undefined
    const target = targetOf(objects, api)
    const signal = AbortSignal.timeout(timeoutMs)
    const headers = { host: target.serverName, accept, ...identityHeaders(reader) }
    const { status, body } = await connector.request(target, { method: 'GET', path, headers, signal })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`${path} is longer than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    if (status !== 200) return undefined
    const decoder = new TextDecoder()
    return parseJson(chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode())
  }

  return (api: RemoteApi, path: string, accept = 'application/json'): Promise<unknown> => {
    const { uid, resourceVersion } = api.object.metadata
    const key = `${uid}/${resourceVersion}/${path}/${accept}`
    const present = kept.get(key)
    if (present && clock.now() - present.at < freshMs) return present.value
    if (kept.size > 1000) kept.clear()
    const value = fetch(api, path, accept).catch(() => present?.last)
    const entry: { at: number; value: Promise<unknown>; last?: unknown } = { at: clock.now(), value }
    kept.set(key, entry)
    void value.then((last) => {
      entry.last = last
    })
    return present?.last === undefined ? value : Promise.resolve(present.last)
  }
}
