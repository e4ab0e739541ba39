import type { Command } from 'commander'
import { dataDirOf } from '../../cluster/settings/paths.ts'
import { loadSettings, type Settings } from '../../cluster/settings/settings.ts'
import { UserError } from '../../cluster/user-error.ts'

export interface ClusterOptions {
  name: string
  dataDir?: string
}

/** The two options that select a cluster. */
export const withCluster = (command: Command): Command =>
  command
    .option('--name <name>', 'name of the cluster', 'k8ts')
    .option('--data-dir <dir>', 'its data folder (default: /var/lib/k8ts/NAME as root, else ~/.local/share/k8ts/NAME)')

/** The settings of an existing cluster. */
export function existing({ name, dataDir }: ClusterOptions): Settings {
  const dir = dataDirOf(name, dataDir)
  const settings = loadSettings(name, dir)
  if (!settings)
    throw new UserError(`there is no cluster "${name}" (no ${dir}); start one with: k8ts up --name ${name}`)
  return settings
}
