import type { Command } from 'commander'
import { list } from '../../flags.ts'

export interface AdmissionFlags {
  enableAdmissionPlugins?: string[]
  disableAdmissionPlugins?: string[]
}

/** What is asked before an object is stored. */
export const admission = {
  define(command: Command): void {
    command
      .option('--enable-admission-plugins <names>', 'besides the default ones', list)
      .option('--disable-admission-plugins <names>', 'of the default ones', list)
  },

  settings({ enableAdmissionPlugins: enable, disableAdmissionPlugins: disable }: AdmissionFlags) {
    return {
      admission: { ...(enable && { enable: ['NodeRestriction', ...enable] }), ...(disable && { disable }) },
    }
  },
}
