import type { Clock } from '../api/clock.ts'
import type { Controller } from './controller.ts'
import type { RunningControllers } from './run.ts'

/** The outcomes of one controller's reconciles. */
export interface ReconcileCounts {
  success: number
  /** Reconciles that asked for another call. */
  requeueAfter: number
  error: number
  /** Sum over all reconciles. */
  seconds: number
  /** How many took at most 0.005 s, 0.01 s, ... 60 s: the buckets of the histogram. */
  within: number[]
  /** Reconciles in work at this moment. */
  active: number
}

/** In seconds. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Counts the work of controllers, under controller-runtime's metric names. */
export interface ControllerMetrics {
  /** The same controller with counters. */
  counted(controller: Controller): Controller
  /** By the names of controllers. */
  readonly counts: ReadonlyMap<string, Readonly<ReconcileCounts>>
  /** In Prometheus' text format; with `running`, the lengths of queues too. */
  text(running?: RunningControllers): string
}

/** Counters for `runControllers(list.map(metrics.counted), ...)`; `runOperator` does that by itself. */
export function controllerMetrics(clock: Clock): ControllerMetrics {
  const counts = new Map<string, ReconcileCounts>()

  function counted(controller: Controller): Controller {
    const { name, watches, reads, workers } = controller
    const within = boundaries.map(() => 0)
    const count: ReconcileCounts = { success: 0, requeueAfter: 0, error: 0, seconds: 0, within, active: 0 }
    counts.set(name, count)
    return {
      ...controller,
      // Read each member by name: a spread would lose those on a class's prototype.
      name,
      watches,
      reads,
      workers,
      start: controller.start && ((signal, queue) => controller.start?.(signal, queue)),
      async reconcile(key) {
        const begun = clock.now()
        count.active++
        try {
          const result = await controller.reconcile(key)
          count[result ? 'requeueAfter' : 'success']++
          return result
        } catch (error) {
          count.error++
          throw error
        } finally {
          const seconds = (clock.now() - begun) / 1000
          count.active--
          count.seconds += seconds
          for (const [i, boundary] of boundaries.entries()) if (seconds <= boundary) within[i] = (within[i] ?? 0) + 1
        }
      },
    }
  }

  function text(running?: RunningControllers): string {
    const all = [...counts]
    const total = ({ success, requeueAfter, error }: ReconcileCounts) => success + requeueAfter + error
    const lines = [
      ...family('controller_runtime_reconcile_total', 'counter', 'Reconciles by controller and result'),
      ...all.flatMap(([controller, count]) =>
        (
          [
            ['success', count.success],
            ['requeue_after', count.requeueAfter],
            ['error', count.error],
          ] as const
        ).map(([result, n]) => sample('controller_runtime_reconcile_total', { controller, result }, n)),
      ),
      ...family('controller_runtime_reconcile_errors_total', 'counter', 'Reconciles that failed'),
      ...all.map(([controller, { error }]) =>
        sample('controller_runtime_reconcile_errors_total', { controller }, error),
      ),
      ...family('controller_runtime_reconcile_time_seconds', 'histogram', 'How long reconciles took'),
      ...all.flatMap(([controller, count]) => [
        ...[...boundaries.entries(), ['+Inf', '+Inf'] as const].map(([i, le]) =>
          sample(
            'controller_runtime_reconcile_time_seconds_bucket',
            { controller, le: String(le) },
            i === '+Inf' ? total(count) : (count.within[i] ?? 0),
          ),
        ),
        sample('controller_runtime_reconcile_time_seconds_sum', { controller }, count.seconds),
        sample('controller_runtime_reconcile_time_seconds_count', { controller }, total(count)),
      ]),
      ...family('controller_runtime_active_workers', 'gauge', 'Reconciles at this moment'),
      ...all.map(([controller, { active }]) => sample('controller_runtime_active_workers', { controller }, active)),
    ]
    if (running) {
      lines.push(...family('workqueue_depth', 'gauge', 'Keys waiting for their turn'))
      for (const [name, queue] of running.queues) lines.push(sample('workqueue_depth', { name }, queue.length))
    }
    return `${lines.join('\n')}\n`
  }

  return { counted, counts, text }
}

const family = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
]

function sample(name: string, labels: Record<string, string>, value: number): string {
  const shown = Object.entries(labels).map(([label, text]) => `${label}="${text.replace(/[\\"]/g, '\\$&')}"`)
  return `${name}{${shown.join(',')}} ${value}`
}
