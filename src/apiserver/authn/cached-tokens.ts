import type { Clock } from '../../api/clock.ts'
import type { Found, TokenAuthenticator } from './authenticator.ts'

export interface CacheOptions {
  clock: Clock
  /** How long a user is remembered. Milliseconds. */
  successMs: number
  /** How long it is remembered that a token is not known. Milliseconds. */
  failureMs: number
}

const maxEntries = 4096

interface Entry {
  found: Promise<Found | undefined>
  until: number
}

/** Asks `authenticator` about a token once in a while only. Errors are not remembered; those who wait together ask once. */
export function cachedTokens(authenticator: TokenAuthenticator, options: CacheOptions): TokenAuthenticator {
  const { clock, successMs, failureMs } = options
  const entries = new Map<string, Entry>()

  function ask(key: string, token: string, audiences: readonly string[]): Promise<Found | undefined> {
    const asking = async () => authenticator(token, audiences)
    const entry: Entry = { found: asking(), until: Number.POSITIVE_INFINITY }
    const [oldest] = entries.keys()
    if (entries.size >= maxEntries && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
    entry.found.then(
      (found) => {
        entry.until = clock.now() + (found ? successMs : failureMs)
      },
      () => {
        if (entries.get(key) === entry) entries.delete(key)
      },
    )
    return entry.found
  }

  return (token, audiences) => {
    const key = `${audiences.join(' ')}\n${token}`
    const known = entries.get(key)
    if (known && known.until > clock.now()) return known.found
    entries.delete(key)
    return ask(key, token, audiences)
  }
}
