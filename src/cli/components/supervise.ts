import type { Command } from 'commander'
import { superviseHere } from '../../cluster/processes/members.ts'
import { ensureBridge } from '../../cluster/up/bridge.ts'
import { type ClusterOptions, existing, withCluster } from '../cluster/cluster-options.ts'

/** The background process of `up --detach`. */
export function define(command: Command): void {
  withCluster(command)
    .option('-v, --verbose', 'log more', false)
    .action(async (options: ClusterOptions & { verbose: boolean }) => {
      const settings = existing(options)
      // The terminal it was started from may go.
      process.on('SIGHUP', () => {})
      const signalled = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
      })
      if (settings.runtime === 'containerd') ensureBridge(settings)
      const supervisor = superviseHere(settings, options.verbose)
      await Promise.race([signalled, supervisor.abandoned])
      await supervisor.stop()
      process.exit(0)
    })
}
