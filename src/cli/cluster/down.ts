import type { Command } from 'commander'
import { dataDirOf } from '../../cluster/settings/paths.ts'
import { loadSettings } from '../../cluster/settings/settings.ts'
import { down } from '../../cluster/up/down.ts'
import { type Output, outputOption, Progress } from '../output.ts'
import { type ClusterOptions, withCluster } from './cluster-options.ts'

export function define(command: Command): void {
  withCluster(command)
    .option('--purge', 'delete its data, too', false)
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8ts down            stop it; `k8ts up` goes on where it was\n  k8ts down --purge    stop it and delete its data\n\nExit codes:\n  0  it is stopped, or there was none\n  1  something could not be done',
    )
    .action(async (options: ClusterOptions & { purge: boolean; output: Output }) => {
      const progress = new Progress(options.output === 'json')
      const settings = loadSettings(options.name, dataDirOf(options.name, options.dataDir))
      if (settings) {
        await down(settings, (phase) => progress.done(phase), { purged: options.purge })
      } else {
        progress.note(`there is no cluster "${options.name}"`)
      }
      if (options.output === 'json') {
        const facts = {
          name: options.name,
          existed: settings !== undefined,
          purged: options.purge,
          phases: progress.phases,
        }
        process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`)
      }
    })
}
