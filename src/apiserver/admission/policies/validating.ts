import {
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
} from '../../../api/admissionregistration/v1/index.ts'
import type { AdmissionPlugin } from '../../definition.ts'
import { isExempt } from '../match/rules.ts'
import { policyFinder } from './find.ts'
import type { PolicyWorld } from './world.ts'

/** Evaluates ValidatingAdmissionPolicies. What evaluates them is loaded for the first request that one concerns. */
export function validatingPolicies(world: PolicyWorld): AdmissionPlugin {
  const find = policyFinder(ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings)
  return {
    name: 'ValidatingAdmissionPolicy',
    async validate(attributes) {
      const policies = find(attributes)
      if (policies.length === 0 || isExempt(attributes)) return
      const { checkPolicies } = await import('./check-policies.ts')
      await checkPolicies(policies, attributes, world)
    },
  }
}
