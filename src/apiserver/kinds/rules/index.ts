import { containerRules } from './containers.ts'
import { environmentRules } from './environment.ts'
import { labelRules } from './labels.ts'
import { podRules } from './pod.ts'
import { probeRules } from './probes.ts'
import { schedulingRules } from './scheduling.ts'
import { securityRules } from './security.ts'
import { volumeRules } from './volumes.ts'
import type { Rule } from './walk.ts'

/** The rules of messages that many kinds contain: selectors, and all that a pod template is made of. */
export const sharedRules: readonly Rule[] = [
  ...labelRules,
  ...containerRules,
  ...environmentRules,
  ...probeRules,
  ...securityRules,
  ...volumeRules,
  ...schedulingRules,
  ...podRules,
]
