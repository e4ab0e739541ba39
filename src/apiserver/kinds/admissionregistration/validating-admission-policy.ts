import {
  ValidatingAdmissionPolicies,
  type ValidatingAdmissionPolicy,
} from '../../../api/admissionregistration/v1/index.ts'
import { loadExpressions, loadedExpressions } from '../../expressions/lazy.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, integer, nameColumn } from '../table.ts'
import { formatParamKind } from './format.ts'
import { annotationKeys, policyRules, policyStatus } from './policies.ts'

export const validatingAdmissionPolicies: Kind<ValidatingAdmissionPolicy> = {
  type: ValidatingAdmissionPolicies,
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  unconditionalUpdate: false,
  hasStatus: true,
  columns: [
    nameColumn(),
    integer('Validations', ({ spec }) => spec.validations?.length ?? 0),
    column('ParamKind', ({ spec }) => formatParamKind(spec.paramKind)),
    ageColumn(),
  ],
  rules: policyRules,
  load: loadExpressions,
  validate: (policy) => [
    ...annotationKeys(policy),
    ...(policy.spec ? loadedExpressions().validatingPolicyErrors(policy.spec, 'spec') : []),
  ],
  validateStatusUpdate: policyStatus,
}
