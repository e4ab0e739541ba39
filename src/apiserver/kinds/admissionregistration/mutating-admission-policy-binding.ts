import {
  type MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicyBindings,
} from '../../../api/admissionregistration/v1/index.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, nameColumn } from '../table.ts'
import { formatParams } from './format.ts'

export const mutatingAdmissionPolicyBindings: Kind<MutatingAdmissionPolicyBinding> = {
  type: MutatingAdmissionPolicyBindings,
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column('PolicyName', ({ spec }) => spec.policyName ?? ''),
    column('ParamRef', ({ spec }) => formatParams(spec.paramRef)),
    ageColumn(),
  ],
}
