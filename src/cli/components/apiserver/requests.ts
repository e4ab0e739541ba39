import type { Command } from 'commander'
import { truth, wholeNumber } from '../../flags.ts'

export interface RequestFlags {
  maxRequestsInflight: number
  maxMutatingRequestsInflight: number
  enablePriorityAndFairness: boolean
}

const limit = wholeNumber(0, 1_000_000)

/** How many requests run at a time. */
export const requests = {
  define(command: Command): void {
    command
      .option('--max-requests-inflight <number>', 'how many requests that read run at a time', limit, 400)
      .option('--max-mutating-requests-inflight <number>', 'how many requests that write run at a time', limit, 200)
      .option(
        '--enable-priority-and-fairness [bool]',
        'share the sum of both by FlowSchemas and PriorityLevelConfigurations',
        truth,
        true,
      )
  },

  settings: ({ maxRequestsInflight, maxMutatingRequestsInflight, enablePriorityAndFairness }: RequestFlags) => ({
    requestLimits: {
      maxReading: maxRequestsInflight,
      maxWriting: maxMutatingRequestsInflight,
      priorityAndFairness: enablePriorityAndFairness && maxRequestsInflight + maxMutatingRequestsInflight > 0,
    },
  }),
}
