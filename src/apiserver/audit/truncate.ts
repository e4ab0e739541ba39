import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { AuditEvent, AuditSink } from './event.ts'

/** Takes the bodies out of events that are longer than `maxEventBytes`, and drops what is still longer. */
export const truncating = (sink: AuditSink, maxEventBytes: number, dropped: () => void): AuditSink => ({
  ...sink,
  take(event) {
    if (sizeOf(event) <= maxEventBytes) return sink.take(event)
    const { requestObject: _, responseObject: __, ...rest } = event
    const short: AuditEvent = { ...rest, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } }
    if (sizeOf(short) <= maxEventBytes) return sink.take(short)
    dropped()
    return true
  },
})

const sizeOf = (event: AuditEvent): number => new TextEncoder().encode(jsonText(event)).length

/** Several sinks as one. */
export const allSinks = (sinks: readonly AuditSink[]): AuditSink => ({
  take: (event) => sinks.map((sink) => sink.take(event)).every(Boolean),
  close: async () => void (await Promise.all(sinks.map((sink) => sink.close()))),
})
