import type { Event } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import { named, required } from '../rules/checks.ts'
import { byteLength } from '../rules/data.ts'

const maxNote = 1024
const maxText = 128
const noMatch = 'does not match event.namespace'

/** Rules of every event. One with an `eventTime` is of the new kind, and has more to say. */
export function validateEvent(event: Event): FieldError[] {
  const { eventTime, involvedObject, metadata: { namespace } = {} } = event
  const { namespace: involved = '' } = involvedObject ?? {}
  const field = 'involvedObject.namespace'
  if (!eventTime) {
    const fits = involved ? involved === namespace : namespace === 'default'
    return fits ? [] : [fieldError.invalid(field, involved, noMatch)]
  }
  const { reportingComponent: controller = '', reportingInstance, action, reason, message } = event
  return [
    ...(involved || namespace === 'default' || namespace === 'kube-system'
      ? []
      : [fieldError.invalid(field, involved, noMatch)]),
    ...required(controller, 'reportingController'),
    ...named(qualifiedName)(controller, 'reportingController'),
    ...Object.entries({ reportingInstance, action, reason }).flatMap(([name, text]) => [
      ...required(text, name),
      ...shorter(text, maxText, name),
    ]),
    ...shorter(message, maxNote, 'message'),
  ]
}

/** Go counts bytes. */
const shorter = (text: string | undefined, limit: number, field: string) =>
  byteLength(text ?? '') > limit ? [fieldError.invalid(field, '', `can have at most ${limit} characters`)] : []

/**
 * Rules of events that are made with events.k8s.io. Their paths are those of the core, as upstream's are. Updates may change
 * everything: upstream compares an update with itself, and its conformance suite asks that a patch can change the note.
 */
export const validateOfGroup = (event: Event, old?: Stored<Event>): FieldError[] =>
  old ? [] : [...seriesProblems(event), ...newProblems(event)]

function newProblems({ eventTime, type = '', firstTimestamp, lastTimestamp, count, source = {} }: Event): FieldError[] {
  const given = { firstTimestamp, lastTimestamp, count, source: source.component || source.host }
  return [
    ...required(eventTime, 'eventTime'),
    ...(type === 'Normal' || type === 'Warning' ? [] : [fieldError.invalid('type', '', `has invalid value: ${type}`)]),
    ...Object.entries(given).flatMap(([name, value]) =>
      value ? [fieldError.invalid(name, '', 'needs to be unset')] : [],
    ),
  ]
}

function seriesProblems({ series }: Event): FieldError[] {
  if (!series) return []
  return [
    ...((series.count ?? 0) < 2 ? [fieldError.invalid('series.count', '', 'should be at least 2')] : []),
    ...required(series.lastObservedTime, 'series.lastObservedTime'),
  ]
}
