import { messageOf } from '../../api/errors.ts'
import { counters, type Family, gauges } from '../metrics/metrics.ts'
import type { ReadyCheck } from '../server.ts'

/** Checks of readiness only. */
const readinessOnly = new Set(['etcd-readiness', 'informer-sync', 'shutdown'])

export type HealthEndpoint = 'livez' | 'readyz' | 'healthz'

export interface Health {
  /** All checks, `?verbose` with each one's result, `?exclude=`; with `only`, the check of that name. */
  answer(endpoint: HealthEndpoint, only: string, query: URLSearchParams): Promise<{ status: number; body: string }>
  /** The results of the checks that have run. */
  readonly families: readonly Family[]
}

/** `/livez`, `/readyz`, `/healthz` with upstream's texts. */
export function health(checks: ReadonlyMap<string, ReadyCheck>): Health {
  const current = gauges('kubernetes_healthcheck', 'The result of each check: 1 is good.', 'name', 'type')
  const total = counters('kubernetes_healthchecks_total', 'The results of all checks.', 'name', 'status', 'type')

  async function failureOf(endpoint: HealthEndpoint, name: string, check: ReadyCheck): Promise<string | undefined> {
    const failure = await resultOf(check)
    current.of(name, endpoint).value = failure ? 0 : 1
    total.of(name, failure ? 'error' : 'success', endpoint).value++
    return failure
  }

  return {
    families: [current, total],
    async answer(endpoint, only, query) {
      const relevant = [...checks].filter(([name]) => endpoint === 'readyz' || !readinessOnly.has(name))
      if (only) {
        const check = relevant.find(([name]) => name === only)?.[1]
        if (!check) return { status: 404, body: '404 page not found\n' }
        const failure = await failureOf(endpoint, only, check)
        return failure ? { status: 500, body: `internal server error: ${failure}\n` } : { status: 200, body: 'ok' }
      }
      const excluded = new Set(query.getAll('exclude'))
      const results = await Promise.all(
        relevant.map(async ([name, check]) => {
          if (excluded.delete(name)) return { line: `[+]${name} excluded: ok`, fails: false }
          const fails = (await failureOf(endpoint, name, check)) !== undefined
          return { line: fails ? `[-]${name} failed: reason withheld` : `[+]${name} ok`, fails }
        }),
      )
      const lines = results.map(({ line }) => line)
      if (excluded.size > 0)
        lines.push(`warn: some health checks cannot be excluded: no matches for ${quoted(excluded)}`)
      if (results.some(({ fails }) => fails))
        return { status: 500, body: `${lines.join('\n')}\n${endpoint} check failed\n` }
      return { status: 200, body: query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok' }
    },
  }
}

const quoted = (names: Iterable<string>): string =>
  [...names]
    .sort()
    .map((name) => JSON.stringify(name))
    .join(',')

async function resultOf(check: ReadyCheck): Promise<string | undefined> {
  try {
    return await check()
  } catch (error) {
    return messageOf(error)
  }
}
