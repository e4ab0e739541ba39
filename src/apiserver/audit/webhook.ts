import type { Clock } from '../../api/clock.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { statusProblem } from '../outbound/status-problem.ts'
import type { OutboundTarget } from '../outbound/target.ts'
import type { AuditEvent } from './event.ts'

export interface AuditWebhookOptions {
  /** `--audit-webhook-config-file` */
  target: OutboundTarget
  /** `--audit-webhook-initial-backoff`. Milliseconds. */
  backoffMs: number
}

const timeoutMs = 30_000
const maxBytes = 1024 * 1024
const tries = 5
const growth = 1.5

/** Posts a batch of events as an EventList. Tries again while the other side does not answer. */
export function postEvents({ target, backoffMs }: AuditWebhookOptions, outbound: Outbound, clock: Clock) {
  return async (items: AuditEvent[]): Promise<void> => {
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }
    const body = new TextEncoder().encode(jsonText(list))
    for (let attempt = 1; ; attempt++) {
      const problem = await post(target, body, outbound)
      if (problem === undefined) return
      if (attempt === tries || !problem.passes) throw problem.error
      await new Promise<void>((resolve) => clock.after(backoffMs * growth ** (attempt - 1), resolve))
    }
  }
}

async function post(target: OutboundTarget, body: Uint8Array, outbound: Outbound) {
  try {
    const headers = { ...target.headers, 'content-type': 'application/json', accept: 'application/json' }
    const answer = await outbound.send({ method: 'POST', ...target, headers, body, timeoutMs, maxBytes })
    if (answer.status >= 200 && answer.status < 300) return undefined
    const error = new Error(statusProblem(answer.status, new TextDecoder().decode(answer.body)))
    return { error, passes: answer.status >= 500 || answer.status === 429 }
  } catch (error) {
    return { error, passes: true }
  }
}
