/** Milliseconds of processor time that a piece of work takes, and its result. Other work on the machine does not count. */
export async function processorTime<T>(work: () => T | Promise<T>): Promise<{ ms: number; result: T }> {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1000, result }
}
