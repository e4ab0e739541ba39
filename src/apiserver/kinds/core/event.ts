import { type Event, Events } from '../../../api/core/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { eventsOfGroup } from '../events/event.ts'
import { validateEvent } from '../events/validate.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { age, column, nameColumn, unknown, wide } from '../table.ts'

/** Events are one set of objects, served as core/v1 (stored) and as events.k8s.io/v1, and kept for an hour. */
export const events = ({ eventTtlSeconds = 3600 }: ResourceOptions): Kind<Event> => ({
  type: Events,
  otherVersions: [eventsOfGroup],
  singular: 'event',
  shortNames: ['ev'],
  generation: 'none',
  createOnUpdate: true,
  ttlSeconds: eventTtlSeconds,
  validate: validateEvent,
  selectableFields: {
    ...objectFields('involvedObject'),
    ...objectFields('regarding'),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    reportingController: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || (event.reportingComponent ?? ''),
    type: (event) => event.type ?? '',
  },
  columns: [
    column('Last Seen', lastSeen),
    column('Type', (event) => event.type ?? ''),
    column('Reason', (event) => event.reason ?? ''),
    column('Object', ({ involvedObject: { kind = '', name } }) =>
      name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    ),
    wide('Subobject', (event) => event.involvedObject.fieldPath ?? ''),
    wide('Source', (event) =>
      [event.source?.component || event.reportingComponent, event.source?.host || event.reportingInstance]
        .filter(Boolean)
        .join(', '),
    ),
    column('Message', (event) => (event.message ?? '').trim()),
    wide('First Seen', firstSeen),
    wide('Count', (event) => String(event.series?.count ?? (event.count || 1))),
    { ...nameColumn(), priority: 1 },
  ],
})

const firstSeen = (event: Stored<Event>, now: number) => age(event.firstTimestamp ?? event.eventTime, now)

function lastSeen(event: Stored<Event>, now: number): string {
  const last = age(event.series?.lastObservedTime ?? event.lastTimestamp, now)
  return last === unknown ? firstSeen(event, now) : last
}

type EventField = (event: Stored<Event>) => string

const objectFields = (prefix: string): Record<string, EventField> =>
  Object.fromEntries(
    (['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const).map(
      (field): [string, EventField] => [`${prefix}.${field}`, (event) => event.involvedObject[field] ?? ''],
    ),
  )
