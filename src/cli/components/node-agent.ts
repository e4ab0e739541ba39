import type { Command } from 'commander'
import { credentialsOf } from '../../cluster/pki/credentials.ts'
import { untilSignal } from '../../cluster/processes/component.ts'
import { startNodeAgent } from '../../cluster/processes/node-agent.ts'
import { type ClusterOptions, existing, withCluster } from '../cluster/cluster-options.ts'

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
