import type { Clock } from './clock.ts'

/** Where components say what they do: a message that stays the same, and fields that do not. */
export interface Log {
  /** For people that look into a component. */
  debug(message: string, fields?: Record<string, unknown>): void
  /** What happened in the ordinary course of things. */
  info(message: string, fields?: Record<string, unknown>): void
  /** What is not as it should be, and goes on. */
  warn(message: string, fields?: Record<string, unknown>): void
  /** What failed. */
  error(message: string, fields?: Record<string, unknown>): void
}

/** From what may be left out to what may not. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A line a message: time, level, component, message, fields as JSON. `write` gets each line without its newline. */
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

/** Says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
