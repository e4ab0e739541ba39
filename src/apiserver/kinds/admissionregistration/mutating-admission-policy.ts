import { MutatingAdmissionPolicies, type MutatingAdmissionPolicy } from '../../../api/admissionregistration/v1/index.ts'
import { loadExpressions, loadedExpressions } from '../../expressions/lazy.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, integer, nameColumn } from '../table.ts'
import { formatParamKind } from './format.ts'

export const mutatingAdmissionPolicies: Kind<MutatingAdmissionPolicy> = {
  type: MutatingAdmissionPolicies,
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  unconditionalUpdate: false,
  load: loadExpressions,
  validate: ({ spec }) => (spec ? loadedExpressions().mutatingPolicyErrors(spec, 'spec') : []),
  columns: [
    nameColumn(),
    integer('Mutations', ({ spec }) => spec.mutations?.length ?? 0),
    column('ParamKind', ({ spec }) => formatParamKind(spec.paramKind)),
    ageColumn(),
  ],
}
