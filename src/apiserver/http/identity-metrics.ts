import type { UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import { anonymous } from '../authn/authenticator.ts'
import { counters, type Family, histograms } from '../metrics/metrics.ts'

/** What is counted of authentication, under upstream's names. */
export function identityMetrics(clock: Clock): {
  /** The same result, counted. */
  counted(finding: Promise<UserInfo>): Promise<UserInfo>
  families: readonly Family[]
} {
  const users = counters('authenticated_user_requests', 'Requests by user, most users together.', 'username')
  const attempts = counters('authentication_attempts', 'Authentications by result.', 'result')
  const durations = histograms('authentication_duration_seconds', 'Time of authentication.', bounds, 'result')
  return {
    families: [users, attempts, durations],
    async counted(finding) {
      const since = clock.now()
      let result = 'error'
      try {
        const user = await finding
        result = user === anonymous ? 'failure' : 'success'
        users.of(shownName(user.name)).value++
        return user
      } finally {
        attempts.of(result).value++
        durations.of(result).observe((clock.now() - since) / 1000)
      }
    },
  }
}

/** Powers of two from a millisecond on. */
const bounds = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i)
/** Other names would make too many series. */
const shown = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default'])

const shownName = (name: string): string => (shown.has(name) ? name : name.includes('@') ? 'email_id' : 'other')
