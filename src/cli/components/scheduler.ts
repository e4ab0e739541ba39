import type { Command } from 'commander'
import { connected, type ElectionOptions, endSignal, whileLeading } from '../../cluster/processes/standalone.ts'
import { startScheduler } from '../../scheduler/scheduler.ts'
import { duration, exitCodes, isVerbose, type Verbosity, wholeNumber, withKubeconfig, withVerbosity } from '../flags.ts'
import { withElection } from './election-flags.ts'

interface Flags extends Verbosity, ElectionOptions {
  kubeconfig?: string
  schedulerName: string
  percentageOfNodesToScore: number
  podInitialBackoff: number
  podMaxBackoff: number
}

export function define(command: Command): void {
  withVerbosity(withElection(withKubeconfig(command), 'kube-scheduler'))
    .option('--scheduler-name <name>', 'cares for pods with this schedulerName', 'default-scheduler')
    .option(
      '--percentage-of-nodes-to-score <n>',
      'how many nodes are enough to choose from; 0: by cluster size',
      wholeNumber(0, 100),
      0,
    )
    .option('--pod-initial-backoff <duration>', 'before a pod that failed is tried again', duration, 1_000)
    .option('--pod-max-backoff <duration>', 'the longest that this grows to', duration, 10_000)
    .addHelpText(
      'after',
      `${exitCodes}, or leadership was lost

Examples:
  k8ts scheduler --kubeconfig scheduler.conf
  k8ts scheduler --kubeconfig scheduler.conf --scheduler-name second --leader-elect=false`,
    )
    .action(async (flags: Flags) => {
      const signal = endSignal()
      const { context, close } = connected({ ...flags, component: 'scheduler', verbose: isVerbose(flags) })
      const work = (leading: AbortSignal) => {
        const scheduler = startScheduler(context, {
          schedulerName: flags.schedulerName,
          percentageOfNodesToScore: flags.percentageOfNodesToScore,
          initialBackoffMs: flags.podInitialBackoff,
          maxBackoffMs: flags.podMaxBackoff,
        })
        leading.addEventListener('abort', () => scheduler.stop(), { once: true })
      }
      await whileLeading(context, flags, work, signal)
      close()
      process.exit(0)
    })
}
