import type { Call } from '../../api/call.ts'
import { counters, type Family, gauges, type Histogram, histograms, readings, type Sample } from '../metrics/metrics.ts'
import type { Served } from '../registry/core.ts'
import { subresourcesOf } from '../registry/execute.ts'

/** The requests of one form: all labels but the code are the same. Counting one of them is a few additions. */
export interface RequestForm {
  answered(code: number, ms: number): void
  /** Bytes of an answer. Set for reads. */
  size?: Histogram
  /** Of watches and streams: those that are open. */
  open: Sample
  /** Of watches: events sent, and the bytes of each. */
  events?: { total: Sample; size: Histogram }
}

/** What the server counts of its requests, under upstream's names. */
export interface RequestMetrics {
  readonly inFlight: { readOnly: number; mutating: number }
  /** The form of a request for a resource. Resources that are not served are counted together. */
  formOf(call: Counted, served?: Served, how?: 'stream' | 'apply'): RequestForm
  /** The form of a request for another URL. */
  formOfPath(method: string, path: string): RequestForm
  readonly families: readonly Family[]
}

type Counted = Pick<Call, 'verb' | 'subresource' | 'namespace' | 'name' | 'options'>

const seconds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]
const powers = (first: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => first * factor ** i)

const where = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const
type Labels = Record<(typeof where)[number] | 'dry_run', string>

export function requestMetrics(): RequestMetrics {
  const total = counters('apiserver_request_total', 'Requests answered.', ...where, 'dry_run', 'code')
  const durations = histograms(
    'apiserver_request_duration_seconds',
    'Time from a request to its answer; of a watch: until its initial events are sent.',
    seconds,
    ...where,
    'dry_run',
  )
  const sizes = histograms('apiserver_response_sizes', 'Bytes of answers to reads.', powers(1000, 10, 7), ...where)
  const open = gauges('apiserver_longrunning_requests', 'Open watches and streams.', ...where)
  const kind = ['group', 'version', 'resource']
  const events = counters('apiserver_watch_events_total', 'Events sent to watchers.', ...kind)
  const eventSizes = histograms('apiserver_watch_events_sizes', 'Bytes of events.', powers(1024, 2, 8), ...kind)
  const inFlight = { readOnly: 0, mutating: 0 }
  const forms = new Map<string, RequestForm>()

  function form(labels: Labels): RequestForm {
    const { dry_run: dryRun } = labels
    const values = where.map((name) => labels[name])
    const codes = new Map<number, Sample>()
    const duration = durations.of(...values, dryRun)
    const { verb, group, version, resource } = labels
    const isRead = verb === 'GET' || verb === 'LIST'
    return {
      answered(code, ms) {
        let sample = codes.get(code)
        if (!sample) {
          sample = total.of(...values, dryRun, `${code}`)
          codes.set(code, sample)
        }
        sample.value++
        duration.observe(ms / 1000)
      },
      ...(isRead && { size: sizes.of(...values) }),
      open: verb === 'WATCH' || verb === 'CONNECT' ? open.of(...values) : { value: 0 },
      ...(verb === 'WATCH' && {
        events: { total: events.of(group, version, resource), size: eventSizes.of(group, version, resource) },
      }),
    }
  }

  const known = (key: string, labels: () => Labels): RequestForm => {
    let found = forms.get(key)
    if (!found) {
      found = form(labels())
      forms.set(key, found)
    }
    return found
  }

  return {
    inFlight,
    formOf(call, served, how) {
      const verb = how ? hows[how] : verbs[call.verb]
      const dryRun = call.options.dryRun ? 'All' : ''
      const base = { ...nowhere, verb, component: 'apiserver', dry_run: dryRun }
      if (!served) return known(`${verb}|${dryRun}`, () => base)
      const { group, version, resource } = served.type
      const scope = scopeOf(call)
      const { subresource = '' } = call
      // Made-up subresources must not fill the memory.
      if (subresource && !Object.hasOwn(subresourcesOf(served.definition), subresource))
        return this.formOf({ ...call, subresource: '' }, served)
      const key = `${verb}|${dryRun}|${group}|${version}|${resource}|${subresource}|${scope}`
      return known(key, () => ({ ...base, group, version, resource, subresource, scope }))
    },
    formOfPath(method, path) {
      const verb = methods.has(method) ? method : 'OTHER'
      const root = path.split('/', 2)[1] ?? ''
      const subresource = roots.has(root) ? `/${root}` : ''
      return known(`${verb} ${subresource}`, () => ({ ...nowhere, verb, subresource }))
    },
    families: [
      total,
      durations,
      sizes,
      open,
      events,
      eventSizes,
      readings('apiserver_current_inflight_requests', 'Requests being answered.', ['request_kind'], () => [
        [['readOnly'], inFlight.readOnly],
        [['mutating'], inFlight.mutating],
      ]),
    ],
  }
}

const nowhere: Labels = {
  verb: '',
  group: '',
  version: '',
  resource: '',
  subresource: '',
  scope: '',
  component: '',
  dry_run: '',
}

const verbs: Record<Call['verb'], string> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
}
const hows = { stream: 'CONNECT', apply: 'APPLY' } as const
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const roots = new Set(['healthz', 'livez', 'readyz', 'metrics', 'version', 'openapi', 'debug', 'api', 'apis', 'openid'])

function scopeOf({ verb, namespace, name }: Pick<Call, 'verb' | 'namespace' | 'name'>): string {
  if (name !== undefined || verb === 'create') return 'resource'
  return namespace === undefined ? 'cluster' : 'namespace'
}
