import type { Command } from 'commander'
import { outputOption, printResult } from './output.ts'
import { kubernetesVersion, version } from './version.ts'

export function define(command: Command): void {
  command.addOption(outputOption()).action(({ output }: { output: 'text' | 'json' }) => {
    const facts = { k8ts: version, kubernetes: kubernetesVersion.gitVersion, node: process.version }
    printResult(output, facts, () => `k8ts ${facts.k8ts}, Kubernetes API ${facts.kubernetes}, Node ${facts.node}`)
  })
}
