import type { Call } from '../../api/call.ts'
import { keyOf } from '../../api/object.ts'
import { errorsOf } from './failures.ts'
import type { Activity } from './quiet.ts'

/** The cluster did not come to rest; the message says what is still busy and why. */
export class SettleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SettleError'
  }
}

const mostErrors = 10

/** With what is busy, what fails, and what was asked last. */
export function notSettled(activity: Activity, why?: string): SettleError {
  const { recent } = activity.traffic
  const most = [...countsOf(recent)].sort((a, b) => b[1] - a[1]).slice(0, 5)
  const lines = [
    ...whatIsBusy(activity),
    ...errorsOf(activity.loops).slice(0, mostErrors).map(String),
    ...most.map(([title, count]) => `${count} of the last ${recent.length} requests: ${title}`),
  ]
  return new SettleError(`${why ?? 'the cluster does not settle'}:\n${lines.map((line) => `  - ${line}`).join('\n')}`)
}

/** By their titles. */
function countsOf(calls: readonly Call[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const call of calls) counts.set(titleOf(call), (counts.get(titleOf(call)) ?? 0) + 1)
  return counts
}

/** One line each. */
function whatIsBusy({ traffic, parts, faults }: Activity): string[] {
  return [
    ...[...traffic.underWay].slice(0, 10).map((call) => `a request is under way: ${titleOf(call)}`),
    ...[...faults.held]
      .slice(0, 10)
      .map(
        ([call, until]) => `a fault holds up ${titleOf(call)}, until ${timeOf(until)}: move time with clock.advance`,
      ),
    ...[...parts].flatMap((part) => {
      const busy = part.busy()
      return busy === undefined ? [] : [`${part.name}: ${busy}`]
    }),
  ]
}

const timeOf = (ms: number) => new Date(ms).toISOString()

/** `update deployments/status default/web by system:kube-controller-manager` */
export function titleOf({ verb, resource, subresource, namespace, user, ...call }: Call): string {
  const name = call.name ?? (call.body as { metadata?: { name?: string } } | undefined)?.metadata?.name
  const where = name ? ` ${keyOf({ name, ...(namespace && { namespace }) })}` : namespace ? ` in ${namespace}` : ''
  return `${verb} ${resource}${subresource ? `/${subresource}` : ''}${where} by ${user.name}`
}
