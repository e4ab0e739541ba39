import type { Command } from 'commander'
import { UserError } from '../../../cluster/user-error.ts'
import { pairs, truth } from '../../flags.ts'
import { fixedGates } from './feature-gates.ts'

export interface FeatureFlags {
  runtimeConfig?: Record<string, string>
  featureGates?: Record<string, string>
  allowPrivileged: boolean
  profiling: boolean
}

/** What of the API is there. */
export const features = {
  define(command: Command): void {
    command
      .option('--runtime-config <pairs>', 'versions of the API that are served or not, as apps/v1=false', pairs)
      .option(
        '--feature-gates <pairs>',
        'features of alpha and beta quality: CBORServingAndStorage serves CBOR; no other can be switched',
        pairs,
      )
      .option('--allow-privileged [bool]', 'allow privileged containers', truth, false)
      .option('--profiling [bool]', 'there is none: only false is accepted', truth, false)
  },

  settings(flags: FeatureFlags) {
    if (flags.profiling) throw new UserError('--profiling: k8ts has no profiling over HTTP; leave it out, or say false')
    const { runtimeConfig: given, allowPrivileged } = flags
    const runtimeConfig = given && boolsOf('--runtime-config', given)
    return {
      features: gatesOf(flags.featureGates ?? {}),
      api: { allowPrivileged, ...(runtimeConfig && { runtimeConfig }) },
    }
  },
}

function boolsOf(flag: string, given: Record<string, string>): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      try {
        return [name, truth(text)]
      } catch {
        throw new UserError(`${flag} ${name}=${text}: give true or false`)
      }
    }),
  )
}

/** The gates that have an effect. Others may say what is so anyway. */
function gatesOf(given: Record<string, string>): Record<string, boolean> {
  const gates = boolsOf('--feature-gates', given)
  for (const [name, value] of Object.entries(gates)) {
    if (switchable.includes(name)) continue
    const is = fixedGates[name]
    if (is === undefined) throw new UserError(`--feature-gates ${name}=${value}: k8ts does not know this feature`)
    if (is !== value) throw new UserError(`--feature-gates ${name}=${value}: in k8ts it is always ${is}`)
  }
  return gates
}

const switchable = ['CBORServingAndStorage']
