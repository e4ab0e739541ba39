import type { Call } from '../../api/call.ts'
import { methodNotAllowed } from '../../api/errors.ts'
import type { ServerCore } from '../server.ts'
import { ConnectionBroken } from './exchange.ts'
import { negotiate } from './negotiate.ts'
import { streamThrough } from './node-answer.ts'
import { isTrue, parseInteger, parseOptions } from './parse-options.ts'
import type { ResourcePath } from './parse-path.ts'
import { cborType, readBody, readPatch } from './read-body.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { baseHeaders, type Exchange, fail, send } from './send.ts'
import type { HttpOptions } from './serve.ts'
import { throughGate } from './through-gate.ts'
import type { View } from './view.ts'
import { watchResponse } from './watch-response.ts'

/** Reads a request for a resource as a call, runs it, writes the answer, and returns its status. */
export function resourceHandler(
  server: Pick<ServerCore, 'resources' | 'run' | 'startWatch' | 'connect'>,
  { clock, gate }: Pick<HttpOptions, 'clock' | 'gate'>,
  metrics: RequestMetrics,
): (exchange: Exchange, target: ResourcePath) => Promise<number> {
  return async (exchange, target) => {
    const verb = verbOf(exchange, target)
    const served = server.resources.find(target.group, target.version, target.resource)
    const definition = served?.definition
    const connects = Object.hasOwn(definition?.connects ?? {}, target.subresource ?? '')
    const call = callOf(exchange, target, verb, connects)
    exchange.form = metrics.formOf(call, served, connects ? 'stream' : isApply(exchange, verb) ? 'apply' : undefined)
    // A stream may last for hours: the gate does not count it.
    if (connects) return stream(exchange, call, target.rest ?? '')
    const transforms = definition?.answer === undefined
    return throughGate(gate, exchange, call, () => answer(exchange, call, viewOf(exchange, transforms, clock.now())))
  }

  async function stream(exchange: Exchange, call: Call, rest: string): Promise<number> {
    const { form, request, response } = exchange
    if (form) form.open.value++
    try {
      return await streamThrough(await server.connect(call, request, rest), response, clock)
    } finally {
      if (form) form.open.value--
    }
  }

  async function answer(exchange: Exchange, call: Call, view: View): Promise<number> {
    const { request } = exchange
    const { verb } = call
    if (verb === 'watch') return startWatch(exchange, call, view)
    if (verb === 'get' || verb === 'list') return send(exchange, await server.run(call), view)
    const body = verb === 'patch' ? await readPatch(request, exchange.cbor) : await readBody(request, exchange.cbor)
    exchange.audit?.requestObject(body?.value)
    const { value, source, ...patchType } = body ?? {
      value: verb.startsWith('delete') ? queryDelete(exchange) : undefined,
    }
    return send(exchange, await server.run({ ...call, ...patchType, body: value }, source), view)
  }

  /** Starts a watch. Resolves when the client has its initial events. */
  function startWatch(exchange: Exchange, call: Call, view: View): Promise<number> {
    const { response, form } = exchange
    const open = form?.open ?? { value: 0 }
    open.value++
    return new Promise((resolve) => {
      const stop = server.startWatch(call, {
        begin(served) {
          const stream = response.stream(200, { ...baseHeaders, 'content-type': watchType(view) })
          stream.onClose(() => {
            open.value--
            stop()
            resolve(200)
          })
          const watch = watchResponse(served, view, stream, () => stop(), form?.events)
          return {
            ...watch,
            initialized: () => resolve(200),
            end(error) {
              resolve(200)
              if (error instanceof ConnectionBroken) response.abort()
              else watch.end(error)
            },
          }
        },
        refuse(error) {
          open.value--
          resolve(fail(exchange, error))
        },
      })
    })
  }
}

const isApply = ({ request }: Exchange, verb: Call['verb']): boolean =>
  verb === 'patch' && (request.header('content-type') ?? '').startsWith('application/apply-patch')

const verbs: Record<string, { one: Call['verb']; all: Call['verb'] }> = {
  GET: { one: 'get', all: 'list' },
  HEAD: { one: 'get', all: 'list' },
  POST: { one: 'create', all: 'create' },
  PUT: { one: 'update', all: 'update' },
  PATCH: { one: 'patch', all: 'patch' },
  DELETE: { one: 'delete', all: 'deletecollection' },
}

function verbOf({ request, query }: Exchange, target: ResourcePath): Call['verb'] {
  const { method } = request
  const { group, resource, name, subresource } = target
  const verb = verbs[method]
  const fits = name === undefined ? method !== 'PUT' && method !== 'PATCH' : method !== 'POST' || subresource
  if (!verb || !fits) throw methodNotAllowed({ group, resource }, method.toLowerCase())
  const watches = target.watch || isTrue(query.get('watch') ?? 'false')
  if (method === 'GET' && watches && !subresource) return 'watch'
  return name === undefined ? verb.all : verb.one
}

function callOf(exchange: Exchange, target: ResourcePath, verb: Call['verb'], connects: boolean): Call {
  const { user, query, warnings, audit } = exchange
  const { group, version, resource, namespace, name, subresource } = target
  const call: Call = {
    verb,
    user,
    group,
    version,
    resource,
    // The query of these is for the node or the proxied page.
    options: connects || query.size === 0 ? {} : parseOptions(query, verb),
    warn: (text) => warnings.push(text),
    userAgent: exchange.request.header('user-agent') ?? '',
  }
  if (audit) call.annotate = audit.annotate
  if (namespace !== undefined) call.namespace = namespace
  if (name !== undefined) call.name = name
  if (subresource !== undefined) call.subresource = subresource
  return call
}

function viewOf({ request, query, cbor }: Exchange, transforms: boolean, now: number): View {
  const format = negotiate(request.header('accept'), transforms, cbor !== undefined)
  return { format, includeObject: query.get('includeObject') ?? 'Metadata', now, ...(cbor && { cbor }) }
}

/** A watch in CBOR is a sequence of documents (RFC 8742). */
const watchType = ({ format: { contentType } }: View): string =>
  contentType === cborType ? `${cborType}-seq` : contentType

/** DeleteOptions may stand in the query when there is no body. */
function queryDelete({ query }: Exchange): unknown {
  const grace = query.get('gracePeriodSeconds')
  const propagationPolicy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  return {
    ...(grace && { gracePeriodSeconds: parseInteger(grace) }),
    ...(propagationPolicy !== null && { propagationPolicy }),
    ...(orphan !== null && { orphanDependents: isTrue(orphan) }),
  }
}
