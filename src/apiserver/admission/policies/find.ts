import type { MatchResources, ParamKind, ParamRef } from '../../../api/admissionregistration/v1/index.ts'
import type { ResourceType } from '../../../api/machinery/schema/package.ts'
import { type Selector, selectorOf } from '../../../api/machinery/selectors/labels.ts'
import type { Stored } from '../../../api/object.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { matchedForm } from '../match/rules.ts'
import { namespaceMatches, objectMatches } from '../match/selectors.ts'

/** What policies of both kinds have. */
export interface PolicySpec {
  matchConstraints?: MatchResources
  paramKind?: ParamKind
  failurePolicy?: string
}

export interface BindingSpec {
  policyName?: string
  matchResources?: MatchResources
  paramRef?: ParamRef
}

type Policy = { metadata: { name: string }; spec: PolicySpec }
type Binding = { metadata: { name: string }; spec: BindingSpec }

/** A policy with its bindings, read once. */
export interface BoundPolicy<P, B> {
  readonly policy: P & Policy
  readonly constraints: Constraints
  readonly bindings: readonly { readonly binding: B & Binding; readonly constraints: Constraints }[]
}

/** What a policy or a binding looks at. */
interface Constraints {
  readonly resources: MatchResources
  readonly namespaces: Selector
  readonly objects: Selector
}

const constraintsOf = (resources: MatchResources = {}): Constraints => ({
  resources,
  namespaces: selectorOf(resources.namespaceSelector ?? {}),
  objects: selectorOf(resources.objectSelector ?? {}),
})

/**
 * Finds the policies whose rules name a request's resource and operation, in order of name. Keeps what it found until a policy
 * or a binding changes: a request that none concerns costs two look-ups.
 */
export function policyFinder<P, B>(
  policies: ResourceType<P>,
  bindings: ResourceType<B>,
): (attributes: AdmissionAttributes) => readonly BoundPolicy<Stored<P>, Stored<B>>[] {
  let revisions = ''
  let bound: BoundPolicy<Stored<P>, Stored<B>>[] = []
  let found = new WeakMap<readonly Shown[], Map<string, readonly BoundPolicy<Stored<P>, Stored<B>>[]>>()
  return (attributes) => {
    const { objects } = attributes.context
    const [all, binding] = [objects.snapshot(policies), objects.snapshot(bindings)]
    const now = `${all.revision} ${binding.revision}`
    if (now !== revisions) {
      revisions = now
      // Policies and bindings of both kinds have a name and a spec once they are stored.
      bound = boundPolicies(all.objects() as (Stored<P> & Policy)[], binding.objects() as (Stored<B> & Binding)[])
      found = new WeakMap()
    }
    if (bound.length === 0) return none
    const { operation, subresource = '' } = attributes
    const shown = attributes.shown()
    const byOperation = found.get(shown) ?? new Map<string, readonly BoundPolicy<Stored<P>, Stored<B>>[]>()
    found.set(shown, byOperation)
    const key = `${operation}/${subresource}`
    let candidates = byOperation.get(key)
    if (!candidates) {
      candidates = bound.filter(({ policy: { spec } }) => {
        const { resourceRules = [], matchPolicy } = spec.matchConstraints ?? {}
        return matchedForm(resourceRules, matchPolicy, operation, shown, subresource) !== undefined
      })
      byOperation.set(key, candidates)
    }
    return candidates
  }
}

const none: readonly never[] = []

const byName = (a: Policy | Binding, b: Policy | Binding): number => (a.metadata.name < b.metadata.name ? -1 : 1)

/** Policies without a binding do nothing. */
function boundPolicies<P, B>(
  policies: readonly (P & Policy)[],
  bindings: readonly (B & Binding)[],
): BoundPolicy<P, B>[] {
  const ofPolicy = Map.groupBy(bindings.toSorted(byName), ({ spec }) => spec.policyName ?? '')
  return policies.toSorted(byName).flatMap((policy) => {
    const own = ofPolicy.get(policy.metadata.name)
    if (!own) return []
    return [
      {
        policy,
        constraints: constraintsOf(policy.spec.matchConstraints),
        bindings: own.map((binding) => ({ binding, constraints: constraintsOf(binding.spec.matchResources) })),
      },
    ]
  })
}

/**
 * How a policy or a binding sees a request that it looks at; undefined for one that it does not. One without rules looks at
 * all that its selectors choose.
 * @throws ApiError 404 for a missing namespace
 */
export async function formFor(
  { resources, namespaces, objects }: Constraints,
  attributes: AdmissionAttributes,
): Promise<Shown | undefined> {
  const { operation, subresource = '', name } = attributes
  if (!namespaceMatches(namespaces, attributes)) return undefined
  if (!objectMatches(objects, attributes.object, attributes.old)) return undefined
  const named = ({ resourceNames = [] }: { resourceNames?: readonly string[] }) =>
    resourceNames.length === 0 || resourceNames.includes(name)
  const { resourceRules, excludeResourceRules = [], matchPolicy } = resources
  const form = (rules: typeof excludeResourceRules) =>
    matchedForm(rules.filter(named), matchPolicy, operation, attributes.shown(), subresource)
  if (form(excludeResourceRules)) return undefined
  return resourceRules?.length ? form(resourceRules) : attributes.shown()[0]
}
