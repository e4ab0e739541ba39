import type { SubjectAccessReviewSpec } from '../../../api/authorization/v1/index.ts'
import { messageOf } from '../../../api/errors.ts'
import { compile, environment, type Program, celTypes as t } from '../../../api/machinery/cel/index.ts'

/** The conditions of an authorization webhook, compiled. */
export interface Conditions {
  /** Whether all hold: then the webhook is asked. One that is false decides. @throws Error if one has no value */
  hold(spec: SubjectAccessReviewSpec): boolean
}

const requirements = t.listOf(
  t.objectOf('SelectorRequirement', { key: t.string, operator: t.string, values: t.listOf(t.string) }),
)
const selector = t.objectOf('SelectorAttributes', { requirements })

/** `request`: the spec of the SubjectAccessReview. (KEP-3221) */
const request = t.objectOf('kubernetes.SubjectAccessReviewSpec', {
  resourceAttributes: t.objectOf('kubernetes.ResourceAttributes', {
    namespace: t.string,
    verb: t.string,
    group: t.string,
    version: t.string,
    resource: t.string,
    subresource: t.string,
    name: t.string,
    fieldSelector: selector,
    labelSelector: selector,
  }),
  nonResourceAttributes: t.objectOf('kubernetes.NonResourceAttributes', { path: t.string, verb: t.string }),
  user: t.string,
  groups: t.listOf(t.string),
  extra: t.mapOf(t.string, t.listOf(t.string)),
  uid: t.string,
})

/** Compiles conditions. The second value names what is wrong with each that is: by its place in the list. */
export function conditionsOf(expressions: readonly string[]): [Conditions, Map<number, string>] {
  const problems = new Map<number, string>()
  const programs: Program[] = []
  if (expressions.length > 0) {
    const known = environment({ request })
    for (const [i, expression] of expressions.entries()) {
      const compiled = compile(expression, known)
      if ('failure' in compiled) problems.set(i, `compilation failed: ${compiled.failure.message}`)
      else if (compiled.program.type.kind !== 'bool' && compiled.program.type.kind !== 'dyn')
        problems.set(i, 'must evaluate to bool')
      else programs.push(compiled.program)
    }
  }
  return [{ hold: (spec) => hold(programs, filledIn(spec)) }, problems]
}

function hold(programs: readonly Program[], spec: unknown): boolean {
  const errors: string[] = []
  for (const program of programs) {
    try {
      if (program.evaluate([spec]) === false) return false
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
  return true
}

/** Upstream shows every field of what is asked about, empty or not; only the other kind of attributes is absent. */
const filledIn = ({ resourceAttributes: resource, nonResourceAttributes: url, ...who }: SubjectAccessReviewSpec) => ({
  user: '',
  groups: [],
  extra: {},
  uid: '',
  ...who,
  ...(resource && {
    resourceAttributes: {
      namespace: '',
      verb: '',
      group: '',
      version: '',
      resource: '',
      subresource: '',
      name: '',
      ...resource,
    },
  }),
  ...(url && { nonResourceAttributes: { path: '', verb: '', ...url } }),
})
