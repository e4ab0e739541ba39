import type { Command } from 'commander'
import { pathsOf } from '../../cluster/settings/paths.ts'
import { type Output, outputOption, printResult } from '../output.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExample:\n  kubectl --kubeconfig "$(k8ts kubeconfig)" get pods\n\nExit codes:\n  0  printed\n  1  there is no such cluster',
    )
    .action((options: ClusterOptions & { output: Output }) => {
      const { name, dataDir } = existing(options)
      const kubeconfig = pathsOf(dataDir).adminKubeconfig
      printResult(options.output, { name, kubeconfig }, () => kubeconfig)
    })
}
