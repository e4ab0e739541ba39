import type { Command } from 'commander'
import { untilSignal } from '../cluster/component.ts'
import { credentialsOf } from '../cluster/credentials.ts'
import { startNodeAgent } from '../cluster/node-agent.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

/** The process of `k8ts up` that holds the node. */
export function define(command: Command): void {
  withCluster(command)
    .option('-v, --verbose', 'log more', false)
    .action(async (options: ClusterOptions & { verbose: boolean }) => {
      const settings = existing(options)
      const agent = await startNodeAgent(settings, await credentialsOf(settings, Date.now()), options.verbose)
      await untilSignal(() => agent.stop())
    })
}
