import { memoryUsage, resourceUsage } from 'node:process'
import type { Clock } from '../../api/clock.ts'
import { type Family, readings } from '../../apiserver/metrics/metrics.ts'

/** What this process takes of its machine, under the names that every program has for it, and Node's for its own. */
export function processFamilies(clock: Clock): Family[] {
  const start = clock.now() / 1000 - process.uptime()
  const one = (name: string, help: string, read: () => number, type: 'gauge' | 'counter' = 'gauge') =>
    readings(name, help, [], () => [[[], read()]], type)
  return [
    one('process_cpu_seconds_total', 'Processor time of user and system.', cpuSeconds, 'counter'),
    one('process_resident_memory_bytes', 'Resident memory.', () => memoryUsage.rss()),
    one('process_start_time_seconds', 'Start of the process since 1970.', () => start),
    one('nodejs_heap_size_used_bytes', 'Heap in use.', () => memoryUsage().heapUsed),
    one('nodejs_heap_size_total_bytes', 'Heap.', () => memoryUsage().heapTotal),
    one('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', () => memoryUsage().external),
  ]
}

function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = resourceUsage()
  return (userCPUTime + systemCPUTime) / 1e6
}
