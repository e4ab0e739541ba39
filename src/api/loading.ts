let pending = 0

/**
 * Loads code that most clusters never need, for a loop. Reading files takes many turns of the event loop in which nothing
 * seems to happen: a cluster in a test must know that it has not stalled.
 */
export async function loading<T>(load: () => Promise<T>): Promise<T> {
  pending++
  try {
    return await load()
  } finally {
    pending--
  }
}

export const isLoading = (): boolean => pending > 0
