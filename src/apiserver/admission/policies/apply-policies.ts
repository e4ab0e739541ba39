import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '../../../api/admissionregistration/v1/index.ts'
import { ApiError, messageOf } from '../../../api/errors.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import { loadRegexEngine } from '../../../api/machinery/regex/regex.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { matches } from '../../expressions/match-conditions.ts'
import { type MutatingPrograms, mutatingPrograms } from '../../expressions/mutating-policy.ts'
import { denial } from './denial.ts'
import { type BoundPolicy, formFor } from './find.ts'
import { mutate } from './mutate.ts'
import { paramsFor } from './params.ts'
import { valuesOf } from './values.ts'
import type { PolicyWorld } from './world.ts'

type Policy = Stored<MutatingAdmissionPolicy>
type Binding = Stored<MutatingAdmissionPolicyBinding>

/** Compiled once for each state of a policy. */
const compiled = new WeakMap<Policy['spec'], MutatingPrograms>()

function programsOf({ spec }: Policy): MutatingPrograms {
  let programs = compiled.get(spec)
  if (!programs) {
    programs = mutatingPrograms(spec)
    compiled.set(spec, programs)
  }
  return programs
}

/** One policy with one binding and one parameter. */
interface Invocation {
  /** Of these alone. */
  id: string
  policy: Policy
  binding: Binding
  shown: Shown
  param: KubeObject | null
}

/**
 * The object as the policies that concern it change it, one after the other; undefined if none does.
 * @throws ApiError when one fails and its failurePolicy does not pass over that
 */
export async function applyPolicies(
  policies: readonly BoundPolicy<Policy, Binding>[],
  attributes: AdmissionAttributes,
  world: PolicyWorld,
): Promise<KubeObject | undefined> {
  await loadRegexEngine()
  const past = pastOf(attributes)
  if (attributes.rounds.second && !jsonEqual(attributes.object, past.output)) comeAgain(past)
  const problems: ApiError[] = []
  const fail = (policy: Policy, binding: Binding, message: string) => {
    if (policy.spec.failurePolicy === 'Ignore') return
    const by = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`
    problems.push(denial(attributes, `${by} denied request: ${message}`))
  }
  let asked = attributes
  for (const invocation of await invocationsOf(policies, attributes, world, fail)) {
    const { id, policy, binding } = invocation
    const values = { ...(await valuesOf(asked, world.decide)(invocation.shown)), params: invocation.param }
    const programs = programsOf(policy)
    const match = await matches(programs.conditions, values, policy.spec.failurePolicy)
    if (match === 'differs') continue
    if (match !== 'matches') {
      fail(policy, binding, match.error)
      continue
    }
    // The second round asks nobody for the first time.
    if (attributes.rounds.second && !past.due.has(id)) continue
    const { object, errors } = await mutate(programs, asked, invocation.shown, values, world)
    for (const error of errors) fail(policy, binding, error)
    if (object) {
      asked = { ...asked, object }
      comeAgain(past)
      attributes.rounds.again()
    }
    if (policy.spec.reinvocationPolicy === 'IfNeeded') past.invoked.add(id)
  }
  past.output = asked.object
  if (problems[0]) throw problems[0]
  return asked === attributes ? undefined : asked.object
}

async function invocationsOf(
  policies: readonly BoundPolicy<Policy, Binding>[],
  attributes: AdmissionAttributes,
  { findKind }: PolicyWorld,
  fail: (policy: Policy, binding: Binding, message: string) => void,
): Promise<Invocation[]> {
  const invocations: Invocation[] = []
  for (const { policy, constraints, bindings } of policies) {
    const shown = await formFor(constraints, attributes)
    if (!shown) continue
    for (const { binding, constraints: narrower } of bindings) {
      if (!(await formFor(narrower, attributes))) continue
      try {
        for (const param of paramsFor(policy.spec.paramKind, binding.spec.paramRef, attributes, findKind)) {
          const { namespace = '', name = '' } = param?.metadata ?? {}
          const id = [policy.metadata.name, binding.metadata.name, namespace, name].join('/')
          invocations.push({ id, policy, binding, shown, param })
        }
      } catch (error) {
        if (error instanceof ApiError) throw error
        fail(policy, binding, `failed to configure binding: ${messageOf(error)}`)
      }
    }
  }
  return invocations
}

/** Of one request. */
interface Past {
  /** The object as the policies left it in the first round. */
  output?: KubeObject | undefined
  /** Invocations that want to come again when the object changes after them. */
  invoked: Set<string>
  /** Those after which it has changed. */
  due: Set<string>
}

const memory = 'MutatingAdmissionPolicy'

function pastOf({ rounds }: AdmissionAttributes): Past {
  const past = (rounds.memory.get(memory) as Past | undefined) ?? { invoked: new Set(), due: new Set() }
  rounds.memory.set(memory, past)
  return past
}

function comeAgain(past: Past): void {
  for (const id of past.invoked) past.due.add(id)
  past.invoked.clear()
}
