import type { Event as CoreEvent } from '../../../api/core/v1/index.ts'
import { type Event, Events } from '../../../api/events/v1/index.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import { validateOfGroup } from './validate.ts'

/** Events as events.k8s.io has them: the same objects, other names of their fields. */
export const eventsOfGroup = { type: Events, decode: fromEventsGroup, encode: toEventsGroup, validate: validateOfGroup }

function fromEventsGroup(object: KubeObject): CoreEvent {
  const { apiVersion: _, regarding, note, reportingController, series, ...rest } = object as Event
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...same } = rest
  return present<CoreEvent>({
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

function toEventsGroup(object: Stored<CoreEvent>): Event {
  const { apiVersion: _, involvedObject, message, reportingComponent, series, ...rest } = object
  const { source, firstTimestamp, lastTimestamp, count, eventTime, ...same } = rest
  return present<Event>({
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
