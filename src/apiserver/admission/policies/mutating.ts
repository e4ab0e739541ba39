import {
  MutatingAdmissionPolicies,
  MutatingAdmissionPolicyBindings,
} from '../../../api/admissionregistration/v1/index.ts'
import type { AdmissionPlugin } from '../../definition.ts'
import { isExempt } from '../match/rules.ts'
import { policyFinder } from './find.ts'
import type { PolicyWorld } from './world.ts'

/** Evaluates MutatingAdmissionPolicies. What evaluates them is loaded for the first request that one concerns. */
export function mutatingPolicies(world: PolicyWorld): AdmissionPlugin {
  const find = policyFinder(MutatingAdmissionPolicies, MutatingAdmissionPolicyBindings)
  return {
    name: 'MutatingAdmissionPolicy',
    async admit(attributes) {
      const policies = find(attributes)
      if (policies.length === 0 || isExempt(attributes)) return undefined
      const { applyPolicies } = await import('./apply-policies.ts')
      return applyPolicies(policies, attributes, world)
    },
  }
}
