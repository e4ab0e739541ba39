import type { AccessDecision } from '../../api/access.ts'
import type { Clock } from '../../api/clock.ts'
import { counters, type Family, histograms } from '../metrics/metrics.ts'
import type { Authorizer } from './authorizer.ts'

/** The same authorizer, and what is counted of its decisions, under upstream's names. */
export function counted(authorizer: Authorizer, clock: Clock): { authorizer: Authorizer; families: readonly Family[] } {
  const attempts = counters('authorization_attempts_total', 'Decisions by result.', 'result')
  const durations = histograms('authorization_duration_seconds', 'Time of decisions.', bounds, 'result')
  const results = Object.fromEntries(
    ['allowed', 'denied', 'no-opinion', 'error'].map((result) => [
      result,
      { count: attempts.of(result), took: durations.of(result) },
    ]),
  )
  const note = (result: string, since: number) => {
    const sample = results[result]
    if (!sample) return
    sample.count.value++
    sample.took.observe((clock.now() - since) / 1000)
  }
  const noted = (decision: AccessDecision, since: number): AccessDecision => {
    note(decision.allowed ? 'allowed' : decision.denied ? 'denied' : 'no-opinion', since)
    return decision
  }
  return {
    families: [attempts, durations],
    authorizer: {
      attach: (resources) => authorizer.attach?.(resources),
      rulesFor: (user, namespace) => authorizer.rulesFor(user, namespace),
      authorize(attributes) {
        const since = clock.now()
        const deciding = authorizer.authorize(attributes)
        if (!(deciding instanceof Promise)) return noted(deciding, since)
        return deciding.then(
          (decision) => noted(decision, since),
          (error: unknown) => {
            note('error', since)
            throw error
          },
        )
      },
    },
  }
}

/** Powers of two from a millisecond on. */
const bounds = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i)
