/**
 * As `Promise.all`, but settles only when every work has ended: so a second attempt never meets what is left of the
 * first. Rejects with the error of the first in the list that failed.
 */
export async function allEnded<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works)
  return Promise.all(works)
}
