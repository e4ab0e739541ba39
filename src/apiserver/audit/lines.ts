import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { AuditEvent } from './event.ts'

/** `--audit-log-format`: how an event stands in a line, with its newline. */
export const formats: Record<'json' | 'legacy', (event: AuditEvent) => string> = {
  json: (event) => `${jsonText(event)}\n`,
  legacy(event) {
    const { user, impersonatedUser: as, responseStatus, objectRef } = event
    const parts: [string, string][] = [
      ['id', event.auditID],
      ['stage', event.stage],
      ['ip', event.sourceIPs?.[0] ?? ''],
      ['method', event.verb],
      ['user', user.username || '<none>'],
      ['groups', groups(user.groups)],
      ['as', as?.username ?? '<self>'],
      ['asgroups', as ? groups(as.groups) : '<lookup>'],
      ['user-agent', event.userAgent ?? ''],
      ['namespace', objectRef?.namespace || '<none>'],
      ['uri', event.requestURI],
      ['response', responseStatus?.code === undefined ? '<deferred>' : `${responseStatus.code}`],
    ]
    // Upstream quotes groups one by one, and everything else as a whole.
    const text = parts.map(([name, value]) => `${name}=${name.endsWith('groups') ? value : JSON.stringify(value)}`)
    return `${event.requestReceivedTimestamp} AUDIT: ${text.join(' ')}\n`
  },
}

const groups = (names: string[] | undefined): string =>
  names?.length ? names.map((name) => JSON.stringify(name)).join(',') : '<none>'
