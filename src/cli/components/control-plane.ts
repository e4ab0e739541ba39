import type { Command } from 'commander'
import { credentialsOf } from '../../cluster/pki/credentials.ts'
import { untilSignal } from '../../cluster/processes/component.ts'
import { startControlPlane } from '../../cluster/processes/control-plane.ts'
import { type ClusterOptions, existing, withCluster } from '../cluster/cluster-options.ts'

/** The process of `k8ts up` that holds the control plane. */
export function define(command: Command): void {
  withCluster(command)
    .option('-v, --verbose', 'log more', false)
    .action(async (options: ClusterOptions & { verbose: boolean }) => {
      const settings = existing(options)
      const controlPlane = await startControlPlane(settings, await credentialsOf(settings, Date.now()), options.verbose)
      await untilSignal(() => controlPlane.stop())
    })
}
