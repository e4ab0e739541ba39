import { anonymous } from '../authn/authenticator.ts'
import { accessRefused } from '../authz/authorizer.ts'
import type { ServerCore } from '../server.ts'
import { aggregated } from './aggregated.ts'
import { attemptedBy, auditedResponse, beginAudit, isUnauthenticated } from './audited.ts'
import { userOf } from './authenticate.ts'
import { withCors } from './cors.ts'
import { documents } from './documents.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { identityMetrics } from './identity-metrics.ts'
import { parseResourcePath } from './parse-path.ts'
import { requestMetrics } from './request-metrics.ts'
import { resourceHandler } from './resource-handler.ts'
import { type Exchange, fail } from './send.ts'
import type { HttpOptions } from './serve.ts'
import { throughGate } from './through-gate.ts'
import { timeAllowed, withinTime } from './within-time.ts'

const noQuery = new URLSearchParams()
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The HTTP side of the server: authenticates, reads the request as a call, runs it, and writes the answer. */
export function httpHandler(
  server: ServerCore,
  options: HttpOptions,
): (request: HttpRequest, response: HttpResponse) => void {
  const metrics = requestMetrics()
  const identities = identityMetrics(options.clock)
  const resource = resourceHandler(server, options, metrics)
  const document = documents(server, options, [
    ...metrics.families,
    ...identities.families,
    ...server.families,
    ...(options.audit?.families ?? []),
    ...(options.families ?? []),
  ])

  return (request, response) => {
    const [path = '/', search] = splitUrl(request.url)
    const exchange: Exchange = {
      request,
      response,
      path,
      query: search === undefined ? noQuery : new URLSearchParams(search),
      user: anonymous,
      warnings: [],
      ...(options.cbor && { cbor: options.cbor }),
    }
    if (options.audit) {
      exchange.audit = beginAudit(options.audit, request, path, exchange.query)
      exchange.response = auditedResponse(response, exchange.audit)
    }
    if (options.corsOrigins) {
      const allowed = withCors(options.corsOrigins, request, exchange.response)
      if (!allowed) return
      exchange.response = allowed
    }
    const kind = reading.has(request.method) ? 'readOnly' : 'mutating'
    metrics.inFlight[kind]++
    const begin = options.clock.now()
    const { requestTimeoutMs } = options
    const answering = requestTimeoutMs ? inTime(exchange, requestTimeoutMs) : answer(exchange)
    answering
      .catch((error: unknown) => fail(exchange, error))
      .then((code) => {
        metrics.inFlight[kind]--
        const form = exchange.form ?? metrics.formOfPath(request.method, path)
        form.answered(code, options.clock.now() - begin)
      })
      .catch((error: unknown) => options.log.error('answering failed', { path, error: String(error) }))
  }

  /** As `answer`, but a request whose answer has not begun in time fails. */
  async function inTime(exchange: Exchange, most: number): Promise<number> {
    const { response } = exchange
    const { timed, late } = withinTime(response, timeAllowed(exchange.query, most), options.clock)
    exchange.response = timed
    const answered = answer(exchange).catch((error: unknown) => fail(exchange, error))
    return Promise.race([answered, late]).catch((error: unknown) => fail({ ...exchange, response }, error))
  }

  /** Answers, and returns the status. */
  async function answer(exchange: Exchange): Promise<number> {
    const { request, path } = exchange
    exchange.user = await identities.counted(userOf(request, options, exchange.audit)).catch((error: unknown) => {
      if (isUnauthenticated(error)) exchange.audit?.unauthenticated(attemptedBy(request))
      throw error
    })
    const remote = options.aggregation?.find(path)
    if (remote && options.aggregation) return aggregated(exchange, remote, options.aggregation, options)
    const target = parseResourcePath(path)
    if (target) return resource(exchange, target)
    const attributes = { user: exchange.user, verb: request.method.toLowerCase(), path }
    return throughGate(options.gate, exchange, attributes, async () => {
      const decision = await options.authorize.authorize(attributes)
      const { allowed, reason } = decision
      exchange.audit?.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
      exchange.audit?.annotate('authorization.k8s.io/reason', reason ?? '')
      if (!allowed) throw accessRefused(attributes, decision)
      return document(exchange)
    })
  }
}

function splitUrl(url: string): [string, string?] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
}
