import type { Resources } from '../registry/resources.ts'

/** Upper bounds of the duration histogram, in seconds. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60]

/** What the server counts about itself, under upstream's names. */
export class Metrics {
  /** Requests being answered. */
  inFlight = 0
  /** Open watches. */
  watches = 0
  readonly #requests = new Map<string, number>()
  readonly #buckets = bounds.map(() => 0)
  #seconds = 0
  #total = 0

  count(method: string, path: string, code: number, ms: number): void {
    const key = `verb="${knownMethods.has(method) ? method : 'OTHER'}",group="${groupOf(path)}",code="${code}"`
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    const seconds = ms / 1000
    this.#seconds += seconds
    this.#total++
    const bucket = bounds.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
  }

  /** The Prometheus text format. */
  exposition(resources: Resources): string {
    let below = 0
    const buckets = bounds.map((bound, i) => {
      below += this.#buckets[i] ?? 0
      return `apiserver_request_duration_seconds_bucket{le="${bound}"} ${below}`
    })
    const objects = resources.caches.map(({ definition, size }) => {
      const { resource, group } = definition.type
      return `apiserver_storage_objects{resource="${group ? `${resource}.${group}` : resource}"} ${size}`
    })
    const watchers = resources.caches
      .filter((cache) => cache.watchers.size > 0)
      .map(({ definition: { type }, watchers: { size } }) => {
        return `apiserver_registered_watchers{group="${type.group}",version="${type.version}",kind="${type.kind}"} ${size}`
      })
    const requests = [...this.#requests].map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`)
    return [
      ...family('apiserver_request_total', 'counter', 'Requests answered.', requests),
      ...family('apiserver_request_duration_seconds', 'histogram', 'Time from request to answer.', [
        ...buckets,
        `apiserver_request_duration_seconds_bucket{le="+Inf"} ${this.#total}`,
        `apiserver_request_duration_seconds_sum ${this.#seconds}`,
        `apiserver_request_duration_seconds_count ${this.#total}`,
      ]),
      ...family('apiserver_current_inflight_requests', 'gauge', 'Requests being answered.', [
        `apiserver_current_inflight_requests ${this.inFlight}`,
      ]),
      ...family('apiserver_longrunning_requests', 'gauge', 'Open watches.', [
        `apiserver_longrunning_requests{verb="WATCH"} ${this.watches}`,
      ]),
      ...family('apiserver_registered_watchers', 'gauge', 'Watchers by resource.', watchers),
      ...family('apiserver_storage_objects', 'gauge', 'Stored objects by resource.', objects),
      '',
    ].join('\n')
  }
}

const family = (name: string, type: string, help: string, samples: string[]): string[] =>
  samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples]

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Only shapes of paths that exist become labels, so that made-up ones cannot fill the memory. */
const groupOf = (path: string): string =>
  /^\/apis\/([a-z.]{1,40}\.k8s\.io|apps|batch|autoscaling|policy)\//.exec(path)?.[1] ?? ''
