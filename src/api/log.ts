import type { Clock } from './clock.ts'

/** A component's log: a constant message, and fields that vary. */
export interface Log {
  /** Details for debugging. */
  debug(message: string, fields?: Record<string, unknown>): void
  /** Normal events. */
  info(message: string, fields?: Record<string, unknown>): void
  /** Problems that the component survives. */
  warn(message: string, fields?: Record<string, unknown>): void
  /** Failures. */
  error(message: string, fields?: Record<string, unknown>): void
}

/** From the least to the most important. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One line per message: time, level, component, message, fields as JSON. `write` gets each line without its newline. */
export function textLog(
  write: (line: string) => void,
  { clock, level = 'info', component }: { clock: Clock; level?: LogLevel; component?: string },
): Log {
  const lowest = order.indexOf(level)
  const at = (name: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (order.indexOf(name) < lowest) return
    const parts = [new Date(clock.now()).toISOString(), name.toUpperCase().padEnd(5)]
    if (component) parts.push(`${component}:`)
    parts.push(message)
    for (const [key, value] of Object.entries(fields ?? {})) parts.push(`${key}=${JSON.stringify(value)}`)
    write(parts.join(' '))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Drops all messages. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
