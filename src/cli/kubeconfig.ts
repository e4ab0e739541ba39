import type { Command } from 'commander'
import { pathsOf } from '../cluster/settings.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .addHelpText('after', '\nExample:\n  kubectl --kubeconfig "$(k8ts kubeconfig)" get pods')
    .action((options: ClusterOptions) => {
      process.stdout.write(`${pathsOf(existing(options).dataDir).adminKubeconfig}\n`)
    })
}
