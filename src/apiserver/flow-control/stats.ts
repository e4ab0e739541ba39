import { counters, type Family, gauges, type Histogram, histograms, type Sample } from '../metrics/metrics.ts'

/** What is counted of the requests of one flow schema at one level. */
export interface FlowStats {
  dispatched: Sample
  executing: Sample
  seats: Sample
  waiting: Sample
  queueLength: Histogram
  /** Seconds in a queue before the execution, and before a refusal. */
  waited: Histogram
  waitedInVain: Histogram
  /** Seconds of execution. */
  took: Histogram
  refused(why: string): void
}

const durations = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
const lengths = [0, 10, 25, 50, 100, 250, 500, 1000]

/** The metrics of flow control that count requests, under upstream's names. */
export function flowStats(): { families: Family[]; of(level: string, schema: string): FlowStats } {
  const name = (rest: string) => `apiserver_flowcontrol_${rest}`
  const labels = ['priority_level', 'flow_schema']
  const dispatched = counters(name('dispatched_requests_total'), 'Requests that were executed.', ...labels)
  const rejected = counters(name('rejected_requests_total'), 'Requests that were refused.', ...labels, 'reason')
  const executing = gauges(name('current_executing_requests'), 'Requests under execution.', ...labels)
  const seats = gauges(name('current_executing_seats'), 'Seats of the requests under execution.', ...labels)
  const inUse = gauges(name('request_concurrency_in_use'), 'The same, by its old name.', ...labels)
  const waiting = gauges(name('current_inqueue_requests'), 'Requests that wait in queues.', ...labels)
  const queueLength = histograms(
    name('request_queue_length_after_enqueue'),
    'The length of its queue that each request sees when it joins.',
    lengths,
    ...labels,
  )
  const waited = histograms(
    name('request_wait_duration_seconds'),
    'Time that requests wait in queues.',
    durations,
    ...labels,
    'execute',
  )
  const took = histograms(
    name('request_execution_seconds'),
    'Time of execution; of a watch: until its initial events are sent.',
    durations,
    ...labels,
  )
  const oldName: Family = { ...inUse, lines: () => seats.lines().map((line) => line.replace(seats.name, inUse.name)) }
  return {
    families: [dispatched, rejected, executing, seats, oldName, waiting, queueLength, waited, took],
    of: (level, schema) => ({
      dispatched: dispatched.of(level, schema),
      executing: executing.of(level, schema),
      seats: seats.of(level, schema),
      waiting: waiting.of(level, schema),
      queueLength: queueLength.of(level, schema),
      waited: waited.of(level, schema, 'true'),
      waitedInVain: waited.of(level, schema, 'false'),
      took: took.of(level, schema),
      refused: (why) => void rejected.of(level, schema, why).value++,
    }),
  }
}
