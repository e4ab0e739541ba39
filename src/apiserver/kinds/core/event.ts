import { type Event, Events } from '../../../api/core/v1/index.ts'
import { type Event as EventsEvent, Events as EventsEvents } from '../../../api/events/v1/event.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import { define } from '../define.ts'
import type { ResourceOptions } from '../options.ts'
import { age, column, nameColumn, unknown, wide } from '../table.ts'

/** Events are one set of objects, served as core/v1 (stored) and as events.k8s.io/v1, and kept for an hour. */
export const events = ({ eventTtlSeconds = 3600 }: ResourceOptions) =>
  define<Event>({
    type: Events,
    otherVersions: [{ type: EventsEvents, decode: fromEventsGroup, encode: toEventsGroup }],
    singular: 'event',
    shortNames: ['ev'],
    generation: 'none',
    createOnUpdate: true,
    ttlSeconds: eventTtlSeconds,
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

function fromEventsGroup(object: KubeObject): Event {
  const { apiVersion: _, regarding, note, reportingController, series, ...rest } = object as EventsEvent
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...same } = rest
  return present<Event>({
    ...same,
    apiVersion: 'v1',
    metadata: same.metadata ?? {},
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController,
    series,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  })
}

function toEventsGroup(object: Stored<Event>): EventsEvent {
  const { apiVersion: _, involvedObject, message, reportingComponent, series, ...rest } = object
  const { source, firstTimestamp, lastTimestamp, count, eventTime, ...same } = rest
  return present<EventsEvent>({
    ...same,
    apiVersion: 'events.k8s.io/v1',
    // Null in an event that was written with core/v1 only, as upstream shows it.
    eventTime: eventTime as string,
    series: series && { count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? '' },
    reportingController: reportingComponent,
    regarding: involvedObject,
    note: message,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  })
}

/** Without the members that are undefined. */
const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
