import type { Command } from 'commander'
import { componentsOf, processNames, recordFile } from '../../cluster/processes/clusters.ts'
import { residentBytes, runningProcess } from '../../cluster/processes/process.ts'
import { pathsOf } from '../../cluster/settings/paths.ts'
import { type Output, outputOption, printResult, table } from '../output.ts'
import { type ClusterOptions, existing, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .addOption(outputOption())
    .addHelpText('after', '\nExit codes:\n  0  it runs\n  1  there is no such cluster\n  3  it does not run')
    .action((options: ClusterOptions & { output: Output }) => {
      const settings = existing(options)
      const processes = processNames.flatMap((name) => {
        const record = runningProcess(recordFile(settings, name))
        if (!record) return []
        const since = new Date(record.startedAt).toISOString()
        return [
          { name, components: componentsOf[name] ?? [], pid: record.pid, rssBytes: residentBytes(record.pid), since },
        ]
      })
      const running = processes.some((p) => p.name === 'supervisor')
      const facts = {
        name: settings.name,
        running,
        runtime: settings.runtime,
        server: `https://127.0.0.1:${settings.apiPort}`,
        kubeconfig: pathsOf(settings.dataDir).adminKubeconfig,
        dataDir: settings.dataDir,
        processes,
      }
      const left = running ? '' : processes.map(({ name, pid }) => `${name} (${pid})`).join(', ')
      printResult(options.output, facts, () =>
        running
          ? `${table(
              ['PROCESS', 'PID', 'MEMORY', 'SINCE', 'COMPONENTS'],
              processes.map((p) => [
                p.name,
                String(p.pid),
                `${Math.round(p.rssBytes / 2 ** 20)} MiB`,
                p.since,
                p.components.join(', '),
              ]),
            )}\n\nserver      ${facts.server}\nkubeconfig  ${facts.kubeconfig}`
          : `the cluster "${settings.name}" does not run${left && `, though these go on without their supervisor: ${left}`}; start it with: k8ts up --name ${settings.name}`,
      )
      if (!running) process.exitCode = 3
    })
}
