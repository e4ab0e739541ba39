/**
 * Does `count` things, in batches that double in size: 1, 2, 4 ... After a failure no further batch starts, so that
 * hopeless requests (a quota is used up) are not sent a thousand times. Returns what was done and the first error.
 */
export async function slowStart<R>(count: number, one: () => Promise<R>): Promise<{ done: R[]; error?: unknown }> {
  const done: R[] = []
  let error: unknown
  for (let size = 1, left = count; left > 0 && error === undefined; left -= size, size *= 2) {
    const batch = await Promise.allSettled(Array.from({ length: Math.min(size, left) }, one))
    for (const outcome of batch) {
      if (outcome.status === 'fulfilled') done.push(outcome.value)
      else error ??= outcome.reason ?? new Error('failed')
    }
  }
  return { done, ...(error !== undefined && { error }) }
}
