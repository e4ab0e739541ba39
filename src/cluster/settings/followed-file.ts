import { readFileSync } from 'node:fs'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import { routinely } from '../../api/routine.ts'
import { ConfigurationError } from '../../apiserver/configuration/config-file.ts'
import { UserError } from '../user-error.ts'

/** A configuration file that may change while the server runs. */
export interface FollowedFile<T> {
  /** What it says. The same object as long as the file stays the same. */
  current(): T
  /** Begins to look for changes. The returned function ends that. */
  follow(log: Pick<Log, 'info' | 'error'>, changed?: (value: T) => void): () => void
}

/** A file that does not change from one look to the next is not read again; its contents count, not its times. Milliseconds. */
const intervalMs = 10_000

/**
 * Reads the file that a flag names, and follows it. A new text that is wrong is logged and has no effect.
 * @throws UserError when it is wrong at the start
 */
export function followedFile<T>(flag: string, file: string, parse: (text: string) => T, clock: Clock): FollowedFile<T> {
  let text = read(flag, file)
  let value = parsed(flag, file, text, parse)
  return {
    current: () => value,
    follow(log, changed) {
      let cancel = () => {}
      const look = () => {
        try {
          const next = read(flag, file)
          if (next !== text) {
            text = next
            value = parsed(flag, file, next, parse)
            log.info('a configuration file has changed', { file })
            changed?.(value)
          }
        } catch (error) {
          log.error('a configuration file cannot be used: the one before stays in force', { error: String(error) })
        }
        cancel = routinely(clock, intervalMs, look)
      }
      cancel = routinely(clock, intervalMs, look)
      return () => cancel()
    },
  }
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(`${flag} ${file}: ${(error as Error).message}`)
  }
}

function parsed<T>(flag: string, file: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new UserError(`${flag} ${file}: ${error.message}`)
  }
}
