import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/admissionregistration/v1/index.ts'
import { messageOf } from '../../../api/errors.ts'
import { loadRegexEngine } from '../../../api/machinery/regex/regex.ts'
import type { Stored } from '../../../api/object.ts'
import type { AdmissionAttributes } from '../../definition.ts'
import { type ValidatingPrograms, validatingPrograms } from '../../expressions/validating-policy.ts'
import { denial } from './denial.ts'
import { type BoundPolicy, formFor } from './find.ts'
import { type Judgement, judge } from './judge.ts'
import { paramsFor } from './params.ts'
import { valuesOf } from './values.ts'
import type { PolicyWorld } from './world.ts'

type Policy = Stored<ValidatingAdmissionPolicy>
type Binding = Stored<ValidatingAdmissionPolicyBinding>

/** Why a policy refuses a request. */
interface Denial {
  policy: Policy
  binding?: Binding
  message: string
  reason?: string | undefined
}

/** Compiled once for each state of a policy. */
const compiled = new WeakMap<Policy['spec'], ValidatingPrograms>()

function programsOf({ spec }: Policy): ValidatingPrograms {
  let programs = compiled.get(spec)
  if (!programs) {
    programs = validatingPrograms(spec)
    compiled.set(spec, programs)
  }
  return programs
}

/** Evaluates the policies that may concern a request. @throws ApiError when one denies it */
export async function checkPolicies(
  policies: readonly BoundPolicy<Policy, Binding>[],
  attributes: AdmissionAttributes,
  world: PolicyWorld,
): Promise<void> {
  await loadRegexEngine()
  const valuesIn = valuesOf(attributes, world.decide)
  const denials: Denial[] = []
  for (const bound of policies) {
    const shown = await formFor(bound.constraints, attributes)
    if (!shown) continue
    const values = await valuesIn(shown)
    denials.push(...(await checkPolicy(bound, attributes, world, values)))
  }
  const [first] = denials
  if (first) throw denied(first, attributes)
}

async function checkPolicy(
  { policy, bindings }: BoundPolicy<Policy, Binding>,
  attributes: AdmissionAttributes,
  { findKind }: PolicyWorld,
  values: Parameters<typeof judge>[2],
): Promise<Denial[]> {
  const programs = programsOf(policy)
  const denials: Denial[] = []
  const annotations = new Map<string, Set<string>>()
  for (const { binding, constraints } of bindings) {
    if (!(await formFor(constraints, attributes))) continue
    let params: unknown[]
    try {
      params = paramsFor(policy.spec.paramKind, binding.spec.paramRef, attributes, findKind)
    } catch (error) {
      if (policy.spec.failurePolicy !== 'Ignore')
        denials.push({ policy, binding, message: `failed to configure binding: ${messageOf(error)}` })
      continue
    }
    for (const param of params) {
      const judgement = await judge(policy.spec, programs, { ...values, params: param })
      denials.push(...act(judgement, policy, binding, attributes))
      for (const [key, value] of judgement.annotations)
        annotations.set(key, (annotations.get(key) ?? new Set()).add(value))
    }
  }
  for (const [key, found] of annotations)
    attributes.context.annotate(`${policy.metadata.name}/${key}`, [...found].join(', '))
  return denials
}

/** Does what a binding asks for with what its policy found; answers what denies the request. */
function act({ problems, failures }: Judgement, policy: Policy, binding: Binding, attributes: AdmissionAttributes) {
  const denials: Denial[] = failures.map((message) => ({ policy, binding, message }))
  const { validationActions = [] } = binding.spec
  for (const { index, message, reason } of problems)
    for (const action of validationActions)
      if (action === 'Deny') denials.push({ policy, binding, message, reason })
      else if (action === 'Warn')
        attributes.context.warn(
          `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`,
        )
      else if (action === 'Audit')
        attributes.context.annotate(
          'validation.policy.admission.k8s.io/validation_failure',
          JSON.stringify([
            {
              message,
              policy: binding.spec.policyName,
              binding: binding.metadata.name,
              expressionIndex: index,
              validationActions,
            },
          ]),
        )
  return denials
}

function denied({ policy, binding, message, reason }: Denial, attributes: AdmissionAttributes) {
  const by = binding ? ` with binding '${binding.metadata.name}'` : ''
  return denial(
    attributes,
    `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`,
    reason,
  )
}
