import type { FlowControl } from './flow-control.ts'
import type { Level } from './level.ts'

/** The debug pages of flow control; undefined: there is none at this path. Upstream's columns, with commas and tabs. */
export function dumpOf(path: string, { levels }: Pick<FlowControl, 'levels'>): string | undefined {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (!page) return undefined
  const rows = [page.columns, ...[...levels.values()].flatMap((level) => page.rows(level))]
  return aligned(rows)
}

interface Page {
  columns: string[]
  rows(level: Level): string[][]
}

const root = '/debug/api_priority_and_fairness'

const pages: Record<string, Page> = {
  [`${root}/dump_priority_levels`]: {
    columns: ['PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests'],
    rows: ({ name, queues, isIdle, executing }) => [
      [
        name,
        `${queues?.all.filter(({ waiting }) => waiting.length > 0).length ?? 0}`,
        `${isIdle}`,
        'false',
        `${queues?.waiting ?? 0}`,
        `${executing}`,
      ],
    ],
  },
  [`${root}/dump_queues`]: {
    columns: [
      'PriorityLevelName',
      'Index',
      'PendingRequests',
      'ExecutingRequests',
      'SeatsInUse',
      'NextDispatchR',
      'InitialSeatsSum',
      'MaxSeatsSum',
      'TotalWorkSum',
    ],
    rows: ({ name, queues }) =>
      queues?.all.map((queue) => [
        name,
        `${queue.index}`,
        `${queue.waiting.length}`,
        `${queue.executing}`,
        `${queue.executingSeats}`,
        `${(queue.nextStart / 1000).toFixed(8)}ss`,
        `${queue.waitingSeats}`,
        `${queue.waitingSeats}`,
        `${(queue.waitingSeats * 0.003).toFixed(8)}ss`,
      ]) ?? [[name, ...new Array<string>(8).fill('<none>')]],
  },
  [`${root}/dump_requests`]: {
    columns: [
      'PriorityLevelName',
      'FlowSchemaName',
      'QueueIndex',
      'RequestIndexInQueue',
      'FlowDistingsher',
      'ArriveTime',
      'InitialSeats',
      'FinalSeats',
      'AdditionalLatency',
    ],
    rows: ({ name, queues }) =>
      queues?.all.flatMap((queue) =>
        queue.waiting.map(({ flow, since, seats, lingerMs }, i) => {
          const [schema = '', distinguisher = ''] = flow.split('\n')
          return [
            name,
            schema,
            `${queue.index}`,
            `${i}`,
            distinguisher,
            new Date(since).toISOString(),
            `${lingerMs > 0 ? 1 : seats}`,
            `${lingerMs > 0 ? seats : 0}`,
            lingerMs > 0 ? `${lingerMs}ms` : '0s',
          ]
        }),
      ) ?? [],
  },
}

/** Cells with commas behind them, in columns that are at least eight wide. */
function aligned(rows: string[][]): string {
  const cells = rows.map((row) => row.map((cell, i) => (i < row.length - 1 ? `${cell},` : cell)))
  const widths = (cells[0] ?? []).map((_, i) => Math.max(8, ...cells.map((row) => (row[i] ?? '').length + 1)))
  return cells
    .map((row) => `${row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join('')}\n`)
    .join('')
}
