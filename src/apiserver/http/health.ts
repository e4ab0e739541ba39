import { messageOf } from '../../api/errors.ts'
import type { ReadyCheck } from '../server.ts'

/** Checks of readiness only. */
const readinessOnly = new Set(['informer-sync', 'shutdown'])

/** `/livez`, `/readyz`, `/healthz`: all checks, `?verbose` with each one's result, `?exclude=`, or one by its path. */
export async function health(
  checks: ReadonlyMap<string, ReadyCheck>,
  endpoint: 'livez' | 'readyz' | 'healthz',
  only: string,
  query: URLSearchParams,
): Promise<{ status: number; body: string }> {
  const relevant = [...checks].filter(([name]) => endpoint === 'readyz' || !readinessOnly.has(name))
  if (only) {
    const check = relevant.find(([name]) => name === only)?.[1]
    if (!check) return { status: 404, body: '404 page not found\n' }
    const failure = await failureOf(check)
    return failure ? { status: 500, body: `internal server error: ${failure}\n` } : { status: 200, body: 'ok' }
  }
  const excluded = new Set(query.getAll('exclude'))
  const results = await Promise.all(
    relevant.map(async ([name, check]) => ({ name, failure: excluded.has(name) ? '' : await failureOf(check) })),
  )
  const failed = results.some(({ failure }) => failure)
  const lines = results.map(({ name, failure }) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok`
    return failure ? `[-]${name} failed: reason withheld` : `[+]${name} ok`
  })
  if (failed) return { status: 500, body: `${lines.join('\n')}\n${endpoint} check failed\n` }
  return { status: 200, body: query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok' }
}

async function failureOf(check: ReadyCheck): Promise<string | undefined> {
  try {
    return await check()
  } catch (error) {
    return messageOf(error)
  }
}
