import { writeSync } from 'node:fs'
import type { Log } from '../../api/log.ts'
import { type BatchOptions, batched } from '../../apiserver/audit/batch.ts'
import type { AuditEvent, AuditSink } from '../../apiserver/audit/event.ts'
import { formats } from '../../apiserver/audit/lines.ts'
import type { Policy } from '../../apiserver/audit/policy.ts'
import { allSinks, truncating } from '../../apiserver/audit/truncate.ts'
import { type AuditWebhookOptions, postEvents } from '../../apiserver/audit/webhook.ts'
import type { Outbound } from '../../apiserver/outbound/outbound.ts'
import { UserError } from '../user-error.ts'
import { world } from './component.ts'
import { type RotationOptions, rotatingFile } from './rotating-file.ts'

/** `--audit-*` */
export interface AuditSettings {
  policy: Policy
  log?: {
    /** `-`: standard output. */
    path: string
    format: 'json' | 'legacy'
    rotation: RotationOptions
  } & Delivery
  webhook?: AuditWebhookOptions & Delivery
}

/** How one backend takes events. */
export interface Delivery {
  /** blocking: before the request goes on. blocking-strict: the request fails when its first event is not stored. */
  mode: 'batch' | 'blocking' | 'blocking-strict'
  batch: BatchOptions
  /** Longer events lose their bodies. Bytes. */
  truncateAt?: number
}

/** The sinks of these settings as one. @throws Error when the log file cannot be written */
export function auditSink({ log, webhook }: AuditSettings, outbound: Outbound, messages: Pick<Log, 'warn'>): AuditSink {
  const sinks = [
    ...(log ? [delivered(logWriter(log), log, messages)] : []),
    ...(webhook ? [delivered(webhookWriter(webhook, outbound), webhook, messages)] : []),
  ]
  return allSinks(sinks)
}

interface Writer {
  /** Stores events at once, where it can. */
  now?(events: AuditEvent[]): void
  later(events: AuditEvent[]): Promise<void>
  close(): void
}

function logWriter({ path, format, rotation }: NonNullable<AuditSettings['log']>): Writer {
  const line = formats[format]
  const file = path === '-' ? { write: (text: string) => void writeSync(1, text), close() {} } : opened(path, rotation)
  const now = (events: AuditEvent[]) => file.write(events.map(line).join(''))
  return { now, later: async (events) => now(events), close: file.close }
}

function opened(path: string, rotation: RotationOptions) {
  try {
    return rotatingFile(path, rotation, () => world.clock.now())
  } catch (error) {
    throw new UserError(`--audit-log-path ${path}: ${(error as Error).message}`)
  }
}

function webhookWriter(options: AuditWebhookOptions, outbound: Outbound): Writer {
  return { later: postEvents(options, outbound, world.clock), close() {} }
}

function delivered(writer: Writer, { mode, batch, truncateAt }: Delivery, messages: Pick<Log, 'warn'>): AuditSink {
  const lost = (count: number, why: unknown) =>
    messages.warn('audit events are lost', { count, error: why instanceof Error ? why.message : String(why) })
  const behind = batched(batch, { clock: world.clock, store: writer.later, lost })
  const { now } = writer
  const sink: AuditSink =
    mode === 'batch' || !now
      ? behind
      : {
          take(event) {
            try {
              now([event])
              return true
            } catch (error) {
              lost(1, error)
              return mode !== 'blocking-strict' || event.stage !== 'RequestReceived'
            }
          },
          close: behind.close,
        }
  const limited = truncateAt === undefined ? sink : truncating(sink, truncateAt, () => lost(1, 'too long'))
  return {
    take: limited.take,
    async close() {
      await limited.close()
      writer.close()
    },
  }
}
