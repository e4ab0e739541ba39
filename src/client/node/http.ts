import { constants } from 'node:http2'
import type { CallOptions, PatchType, WatchEvent } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { jsonText, parseJson } from '../../api/machinery/json/json-text.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { ObjectName, Stored } from '../../api/object.ts'
import type { Client, List, WatchOptions } from '../client.ts'
import { applied, deleteBody, lacksNamespace, namesOf, needsNamespace, withKind } from '../local.ts'
import { pathOf, queryOf } from '../paths.ts'
import { lineSplitter } from './lines.ts'
import { type HttpRequest, http2Transport, type Transport, type TransportOptions } from './transport.ts'

export interface HttpClientOptions extends TransportOptions {
  /** Namespace of the context, for the caller; the client itself does not use it. */
  namespace?: string
  /** The writer's name in managed fields, for writes that name none. */
  fieldManager?: string
  /** Receives the text of each Warning header. */
  warn?(text: string): void
}

/** A client of a remote API server. */
export interface HttpClient extends Client {
  /** For requests of other kinds: discovery, tables, logs. */
  readonly transport: Transport
  readonly namespace: string
  close(): void
}

const patchTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

/** The path of one object, or of the collection for a create. @throws TypeError if the namespace is missing */
function pathTo(resource: ResourceType, name: Partial<ObjectName>, subresource?: string): string {
  if (lacksNamespace(resource, name)) throw needsNamespace(resource)
  return pathOf(resource, name, subresource)
}

/** Talks to an API server over HTTP/2, JSON both ways. */
export function httpClient({ namespace = 'default', fieldManager, warn, ...options }: HttpClientOptions): HttpClient {
  const transport = http2Transport(options)
  const writer = fieldManager ? { fieldManager } : {}

  async function send<R>(method: HttpRequest['method'], path: string, body?: unknown, type?: string): Promise<R> {
    const answer = await transport.request({
      method,
      path,
      ...(body !== undefined && {
        headers: { 'content-type': type ?? 'application/json' },
        body: jsonText(body),
      }),
    })
    const { warning } = answer.headers
    if (warn && warning) for (const text of warningTexts(String(warning))) warn(text)
    return parseJson(answer.body.toString('utf8')) as R
  }

  return {
    transport,
    namespace,
    close: () => transport.close(),
    async get(resource, name, { subresource, ...query } = {}) {
      return send('GET', pathTo(resource, name, subresource) + queryOf(query))
    },
    async list<T>(resource: ResourceType<T>, { namespace, ...query } = {} as { namespace?: string } & CallOptions) {
      const list = await send<List<T>>('GET', pathOf(resource, { namespace }) + queryOf(query))
      // The items of a list omit kind and apiVersion, which the list gives for all.
      const { apiVersion, kind } = resource
      const items = (list.items ?? []).map((item) => ({ apiVersion, kind, ...item }))
      return { ...list, items }
    },
    async create(resource, object, { namespace, subresource, ...query } = {}) {
      const path = pathTo(resource, namesOf(object, namespace, subresource), subresource)
      return send('POST', path + queryOf({ ...writer, ...query }), withKind(resource, object, subresource))
    },
    async update(resource, object, { namespace, subresource, ...query } = {}) {
      const path = pathTo(resource, namesOf(object, namespace, 'update'), subresource)
      return send('PUT', path + queryOf({ ...writer, ...query }), withKind(resource, object, subresource))
    },
    async patch(resource, name, patch, { type = 'merge', namespace, subresource, ...query } = {}) {
      const path = pathTo(resource, { namespace, ...name }, subresource)
      return send('PATCH', path + queryOf({ ...writer, ...query }), patch, patchTypes[type])
    },
    async apply(resource, config, { namespace, subresource, ...query } = {}) {
      const name = namesOf(config, namespace, 'apply')
      const path = pathTo(resource, name, subresource) + queryOf({ ...writer, ...query })
      return send('PATCH', path, applied(resource, config, name, subresource), patchTypes.apply)
    },
    async delete(resource, name, options = {}) {
      await send('DELETE', pathTo(resource, name), deleteBody(options))
    },
    async deleteCollection(resource, options = {}) {
      const { namespace, gracePeriodSeconds, propagationPolicy, preconditions, dryRun, ...query } = options
      const body = deleteBody({ gracePeriodSeconds, propagationPolicy, preconditions, dryRun })
      await send('DELETE', pathOf(resource, { namespace }) + queryOf(query), body)
    },
    async post(resource, name, subresource, body) {
      return send('POST', pathTo(resource, name, subresource), body)
    },
    watch: (resource, watchOptions, sink) => follow(transport, resource, watchOptions, sink),
  }
}

async function follow<T>(
  transport: Transport,
  resource: ResourceType<T>,
  { signal, namespace, ...query }: WatchOptions,
  sink: (batch: WatchEvent<Stored<T>>[]) => void,
): Promise<void> {
  const path = pathOf(resource, { namespace }) + queryOf({ ...query, watch: true })
  let stream: Awaited<ReturnType<Transport['stream']>>['stream']
  try {
    ;({ stream } = await transport.stream({ method: 'GET', path, signal }))
  } catch (error) {
    if (signal.aborted) return
    throw error
  }
  await new Promise<void>((resolve, reject) => {
    const split = lineSplitter()
    const fail = (error: Error) => {
      if (signal.aborted) resolve()
      else reject(error)
    }
    stream.on('data', (piece: Buffer) => {
      if (signal.aborted) return
      try {
        const batch = split(piece).flatMap((line) => (line ? [parseJson(line) as WatchEvent<Stored<T>>] : []))
        const bad = batch.findIndex(({ type }) => type === 'ERROR')
        const good = bad < 0 ? batch : batch.slice(0, bad)
        if (good.length) sink(good)
        if (bad >= 0) throw statusError(batch[bad]?.object)
      } catch (error) {
        reject(error)
        stream.close(constants.NGHTTP2_CANCEL)
      }
    })
    stream.once('error', fail)
    stream.once('end', () => {
      if (!signal.aborted && stream.rstCode !== constants.NGHTTP2_NO_ERROR) return
      resolve()
    })
    stream.once('close', () => fail(new Error(`watch of ${resource.resource}: the connection broke`)))
  })
}

function statusError(object: unknown): ApiError {
  const {
    code = 500,
    reason = 'InternalError',
    message = 'the watch failed',
    details,
  } = (object ?? {}) as Partial<ApiError['status']>
  return new ApiError(code, reason, message, details)
}

/** `299 - "text", 299 - "other"` */
export function warningTexts(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'))
}
