import { apiextensionsRules } from './apiextensions.ts'
import { appsRules } from './apps.ts'
import { autoscalingRules } from './autoscaling.ts'
import { batchRules } from './batch.ts'
import { clusterRules } from './cluster.ts'
import { networkRules } from './network.ts'
import { podRules } from './pod.ts'
import { rbacRules } from './rbac.ts'
import { resourceRules } from './resource.ts'
import type { Rule } from './rule.ts'

/** All of them. A kind that is not here has constants only, or nothing. */
export const rules: readonly Rule[] = [
  ...podRules,
  ...clusterRules,
  ...networkRules,
  ...appsRules,
  ...batchRules,
  ...autoscalingRules,
  ...apiextensionsRules,
  ...rbacRules,
  ...resourceRules,
]
