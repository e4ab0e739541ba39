import { EventSource } from '../../core/v1/event.ts'
import { ObjectReference } from '../../core/v1/reference.ts'
import { int32, microTime, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { events } from './package.ts'

export const EventSeries = events.message('EventSeries', {
  count: int32(1).required(),
  lastObservedTime: microTime(2).required(),
})
export interface EventSeries extends TypeOf<typeof EventSeries> {}

export const Event = events.kind('Event', {
  metadata: ref(1, ObjectMeta),
  eventTime: microTime(2).required(),
  series: ref(3, EventSeries),
  reportingController: string(4),
  reportingInstance: string(5),
  action: string(6),
  reason: string(7),
  regarding: ref(8, ObjectReference).byValue(),
  related: ref(9, ObjectReference),
  note: string(10),
  type: string(11),
  deprecatedSource: ref(12, EventSource).byValue(),
  deprecatedFirstTimestamp: time(13),
  deprecatedLastTimestamp: time(14),
  deprecatedCount: int32(15),
})
export interface Event extends TypeOf<typeof Event> {}
export const EventList = events.listOf(Event)
export const Events = events.resource(Event, 'events', { namespaced: true })
