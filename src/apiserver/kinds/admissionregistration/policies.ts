import {
  AuditAnnotation,
  type MatchResources,
  MutatingAdmissionPolicyBindingSpec,
  MutatingAdmissionPolicySpec,
  Mutation,
  type ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../../api/admissionregistration/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, qualifiedName } from '../../../api/names.ts'
import { among, bytesOf, duplicates, each, named, needs, required, unique } from '../rules/checks.ts'
import { conditions } from '../rules/conditions.ts'
import { type Check, rule } from '../rules/walk.ts'
import { expression, matchConditions, paramKind } from './match.ts'

const maxAnnotations = 20
const maxValueExpression = 5 * 1024
const nothing = 'validations or auditAnnotations must contain at least one item'

/** What a policy looks at has at least one rule. */
const matchConstraints: Check<MatchResources> = (value, field) => {
  if (!value) return [fieldError.required(field)]
  return required(value.resourceRules, `${field}.resourceRules`)
}

/** Rules of policies and their bindings. */
export const policyRules = [
  rule(
    ValidatingAdmissionPolicySpec,
    { paramKind, matchConstraints, matchConditions },
    ({ validations = [], auditAnnotations = [] }, field) => {
      const [first, second] = [`${field}.validations`, `${field}.auditAnnotations`]
      if (validations.length + auditAnnotations.length === 0)
        return [fieldError.required(first, nothing), fieldError.required(second, nothing)]
      return [
        ...(auditAnnotations.length > maxAnnotations
          ? [fieldError.invalid(second, auditAnnotations, `must not have more than ${maxAnnotations} auditAnnotations`)]
          : []),
        ...duplicates(auditAnnotations.map(({ key }, i) => [key, `${second}[${i}].key`])),
      ]
    },
  ),
  rule(Validation, {
    expression,
    message: (text = '', field) => {
      if (text && !text.trim()) return [fieldError.invalid(field, text, 'message must be non-empty if specified')]
      return /[\n\r]/.test(text.trim()) ? [fieldError.invalid(field, text, 'message must not contain line breaks')] : []
    },
    messageExpression: (text = '', field) =>
      text && !text.trim() ? [fieldError.invalid(field, text, 'must be non-empty if specified')] : [],
    reason: among('Forbidden', 'Invalid', 'RequestEntityTooLarge'),
  }),
  rule(AuditAnnotation, {
    valueExpression: (text = '', field) => {
      if (!text.trim()) return [fieldError.required(field, 'valueExpression is not specified')]
      return bytesOf(text.trim()) > maxValueExpression
        ? [fieldError.required(field, `must not exceed ${maxValueExpression} bytes in length`)]
        : []
    },
  }),
  rule(ValidatingAdmissionPolicyBindingSpec, {
    policyName: needs(named(dns1123Subdomain)),
    validationActions: actions,
  }),
  rule(MutatingAdmissionPolicySpec, {
    paramKind,
    matchConstraints,
    matchConditions,
    mutations: (list, field) =>
      list?.length ? [] : [fieldError.required(field, 'mutations must contain at least one item')],
    reinvocationPolicy: required,
  }),
  rule(Mutation, { patchType: required }, ({ patchType, applyConfiguration, jsonPatch }, field) => {
    if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') return []
    const name = patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration'
    const patch = patchType === 'JSONPatch' ? jsonPatch : applyConfiguration
    return patch
      ? expression(patch.expression, `${field}.${name}.expression`)
      : [fieldError.required(`${field}.${name}`, `must be specified when patchType is ${patchType}`)]
  }),
  rule(MutatingAdmissionPolicyBindingSpec, { policyName: needs(named(dns1123Subdomain)) }),
]

function actions(list: string[] = [], field: string): FieldError[] {
  if (list.length === 0) return [fieldError.required(field, 'at least one validation action is required')]
  return [
    ...each(among('Audit', 'Deny', 'Warn'))(list, field),
    ...unique(list, field),
    ...(list.includes('Deny') && list.includes('Warn')
      ? [
          fieldError.invalid(
            field,
            list,
            'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
          ),
        ]
      : []),
  ]
}

/** Keys of audit annotations have the policy's name before them. */
export function annotationKeys({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  return (spec?.auditAnnotations ?? []).flatMap(({ key = '' }, i) =>
    qualifiedName(`${metadata?.name}/${key}`).map((problem) =>
      fieldError.invalid(`spec.auditAnnotations[${i}].key`, `${metadata?.name}/${key}`, problem),
    ),
  )
}

export const policyStatus = ({ status }: ValidatingAdmissionPolicy): FieldError[] => [
  ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ fieldRef, warning }, i) => {
    const at = `status.typeChecking.expressionWarnings[${i}]`
    return [...required(warning, `${at}.warning`), ...required(fieldRef?.trim(), `${at}.fieldRef`)]
  }),
  ...conditions(status?.conditions, 'status.conditions'),
]
