import { dirname, isAbsolute, join } from 'node:path'
import type { Command } from 'commander'
import { admissionConfiguration, type PluginConfigurations } from '../../../apiserver/admission/configuration.ts'
import { ConfigurationError } from '../../../apiserver/configuration/config-file.ts'
import { webhookTarget } from '../../../cluster/settings/webhook-kubeconfig.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { fileOf, list } from '../../flags.ts'

export interface AdmissionFlags {
  enableAdmissionPlugins?: string[]
  disableAdmissionPlugins?: string[]
  admissionControlConfigFile?: string
}

/** What is asked before an object is stored. */
export const admission = {
  define(command: Command): void {
    command
      .option('--enable-admission-plugins <names>', 'besides the default ones', list)
      .option('--disable-admission-plugins <names>', 'of the default ones', list)
      .option('--admission-control-config-file <file>', 'AdmissionConfiguration of plugins')
  },

  settings(flags: AdmissionFlags) {
    const { enableAdmissionPlugins: enable, disableAdmissionPlugins: disable, admissionControlConfigFile: file } = flags
    return {
      admission: {
        ...(file !== undefined && { configuration: configurationIn(file) }),
        ...(enable && { enable: ['NodeRestriction', ...enable] }),
        ...(disable && { disable }),
      },
    }
  },
}

const flag = '--admission-control-config-file'

/** Files that it names are beside it. */
function configurationIn(file: string): PluginConfigurations {
  const beside = (path: string) => (isAbsolute(path) ? path : join(dirname(file), path))
  try {
    return admissionConfiguration(fileOf(flag, file), {
      text: (path) => fileOf(flag, beside(path)),
      target: (path) => webhookTarget(flag, beside(path)),
    })
  } catch (error) {
    throw error instanceof ConfigurationError ? new UserError(`${flag} ${file}: ${error.message}`) : error
  }
}
