import { int32, microTime, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'
import { ObjectReference } from './reference.ts'

export const EventSeries = core.message('EventSeries', {
  count: int32(1),
  lastObservedTime: microTime(2),
})
export interface EventSeries extends TypeOf<typeof EventSeries> {}

export const EventSource = core.message('EventSource', {
  component: string(1),
  host: string(2),
})
export interface EventSource extends TypeOf<typeof EventSource> {}

export const Event = core.kind('Event', 'Something that happened to an object.', {
  metadata: ref(1, ObjectMeta).required(),
  involvedObject: ref(2, ObjectReference).required(),
  reason: string(3),
  message: string(4),
  source: ref(5, EventSource).byValue(),
  firstTimestamp: time(6),
  lastTimestamp: time(7),
  count: int32(8),
  type: string(9),
  eventTime: microTime(10),
  series: ref(11, EventSeries),
  action: string(12),
  related: ref(13, ObjectReference),
  reportingComponent: string(14),
  reportingInstance: string(15),
})
export interface Event extends TypeOf<typeof Event> {}
export const EventList = core.listOf(Event)
export const Events = core.resource(Event, 'events', { namespaced: true })
