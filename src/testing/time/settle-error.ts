import type { Call } from '../../api/call.ts'
import { keyOf } from '../../api/object.ts'
import type { Traffic } from '../faults/traffic.ts'
import type { Activity } from './quiet.ts'

/** The cluster did not come to rest; the message says what is still busy and why. */
export class SettleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SettleError'
  }
}

/** With what is busy, and what it did last. */
export function notSettled(activity: Activity, why?: string): SettleError {
  const { recent } = activity.traffic
  const most = [...countsOf(recent)].sort((a, b) => b[1] - a[1]).slice(0, 5)
  const lines = [
    ...whatIsBusy(activity),
    ...most.map(([title, count]) => `${count} of the last ${recent.length} requests: ${title}`),
  ]
  return new SettleError(`${why ?? 'the cluster does not settle'}:\n${lines.map((line) => `  - ${line}`).join('\n')}`)
}

/** A good part of the last requests wrote one and the same object. */
export function isCircling({ recent }: Traffic): boolean {
  const writes = recent.filter(({ verb, name }) => name && (verb === 'update' || verb === 'patch'))
  return Math.max(0, ...countsOf(writes).values()) > recent.length / 4
}

/** By their titles. */
function countsOf(calls: readonly Call[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const call of calls) counts.set(titleOf(call), (counts.get(titleOf(call)) ?? 0) + 1)
  return counts
}

/** One line each. */
function whatIsBusy({ traffic, parts }: Activity): string[] {
  return [
    ...[...traffic.underWay].slice(0, 10).map((call) => `a request is under way: ${titleOf(call)}`),
    ...[...parts].flatMap((part) => {
      const busy = part.busy()
      return busy === undefined ? [] : [`${part.name}: ${busy}`]
    }),
  ]
}

/** `update deployments/status default/web by system:kube-controller-manager` */
function titleOf({ verb, resource, subresource, name, namespace, user }: Call): string {
  const where = name ? ` ${keyOf({ name, ...(namespace && { namespace }) })}` : namespace ? ` in ${namespace}` : ''
  return `${verb} ${resource}${subresource ? `/${subresource}` : ''}${where} by ${user.name}`
}
