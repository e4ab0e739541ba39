/** The outcome of concurrent work on many items. */
export interface Settled<T> {
  done: T[]
  failed: T[]
  /** Why the first of them failed. */
  error?: unknown
}

/** Does `work` with all items at once, and returns the items that succeeded. Never throws. */
export async function settled<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<Settled<T>> {
  const outcomes = await Promise.allSettled(items.map(work))
  const which = (status: 'fulfilled' | 'rejected') => items.filter((_, i) => outcomes[i]?.status === status)
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  return { done: which('fulfilled'), failed: which('rejected'), ...(failure && { error: failure.reason }) }
}
