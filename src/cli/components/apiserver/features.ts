import type { Command } from 'commander'
import { pairs, truth } from '../../flags.ts'

export interface FeatureFlags {
  featureGates?: Record<string, string>
}

/** Which features are on that are off by default, or off that are on. */
export const features = {
  define(command: Command): void {
    command.option(
      '--feature-gates <pairs>',
      'name=true|false, with commas between; CBORServingAndStorage serves CBOR, others change nothing',
      pairs,
    )
  },

  settings({ featureGates = {} }: FeatureFlags) {
    const named = Object.entries(featureGates).map(([name, value]) => [name, truth(value)] as const)
    return { features: Object.fromEntries(named) }
  },
}
