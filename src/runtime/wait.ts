import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks until `condition` gives something, every 5 ms; undefined when `ms` milliseconds have passed. In real time and
 * keeping the process alive, unlike a Clock: what it waits for happens in other processes.
 */
export async function until<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  ms: number,
): Promise<T | undefined> {
  const deadline = performance.now() + ms
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() >= deadline) return undefined
    await pause(5)
  }
}
