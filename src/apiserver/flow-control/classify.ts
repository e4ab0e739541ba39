import type { UserInfo } from '../../api/call.ts'
import type { FlowSchema, PolicyRulesWithSubjects, ResourcePolicyRule } from '../../api/flowcontrol/v1/index.ts'
import type { Configured } from './defaults.ts'

/** A request as flow schemas see it: for a resource or, without one, for another URL. */
export interface Classified {
  user: UserInfo
  verb: string
  path: string
  group?: string
  resource?: string
  subresource?: string
  namespace?: string
}

/** A flow schema, ready to match. */
export interface Matcher<T> {
  precedence: number
  name: string
  rules: readonly PolicyRulesWithSubjects[]
  /** What belongs to the requests that match. */
  target: T
}

/**
 * Finds the first matching schema by precedence, then by name. The rules that concern a user's name and groups are found
 * once for each user, so that a request costs what the rules about its user cost, however many schemas there are.
 */
export class Classifier<T> {
  readonly #matchers: readonly Matcher<T>[]
  readonly #byUser = new Map<string, readonly Concerning<T>[]>()

  constructor(matchers: readonly Matcher<T>[]) {
    this.#matchers = [...matchers].sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1))
  }

  /** The target of the schema that matches; undefined: none does. */
  classify(request: Classified): T | undefined {
    for (const { rules, target } of this.#concerning(request.user))
      for (const rule of rules) if (matchesAction(rule, request)) return target
    return undefined
  }

  #concerning(user: UserInfo): readonly Concerning<T>[] {
    const key = `${user.name}\n${user.groups.join('\n')}`
    let found = this.#byUser.get(key)
    if (!found) {
      found = this.#matchers
        .map(({ rules, target }) => ({ rules: rules.filter((rule) => matchesUser(rule, user)), target }))
        .filter(({ rules }) => rules.length > 0)
      // Made-up names must not fill the memory.
      if (this.#byUser.size >= maxUsers) this.#byUser.clear()
      this.#byUser.set(key, found)
    }
    return found
  }
}

const maxUsers = 10_000

interface Concerning<T> {
  rules: readonly PolicyRulesWithSubjects[]
  target: T
}

/** The schema of a stored object. */
export const matcherOf = <T>({ metadata, spec }: Configured<FlowSchema>, target: T): Matcher<T> => ({
  precedence: spec.matchingPrecedence ?? 0,
  name: metadata.name,
  rules: spec.rules ?? [],
  target,
})

const matchesUser = ({ subjects }: PolicyRulesWithSubjects, user: UserInfo): boolean =>
  subjects.some(({ kind, user: named, group, serviceAccount }) => {
    if (kind === 'User') return named !== undefined && (named.name === '*' || named.name === user.name)
    if (kind === 'Group') return group !== undefined && (group.name === '*' || user.groups.includes(group.name))
    if (!serviceAccount) return false
    const { namespace, name } = serviceAccount
    const prefix = `system:serviceaccount:${namespace}:`
    return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name
  })

function matchesAction(rule: PolicyRulesWithSubjects, request: Classified): boolean {
  if (request.resource !== undefined) return rule.resourceRules?.some((one) => matchesResource(one, request)) ?? false
  return (
    rule.nonResourceRules?.some(
      ({ verbs, nonResourceURLs }) =>
        has(verbs, request.verb) && nonResourceURLs.some((url) => matchesUrl(url, request.path)),
    ) ?? false
  )
}

function matchesResource(
  rule: ResourcePolicyRule,
  { verb, group = '', resource = '', subresource, namespace }: Classified,
) {
  const name = subresource ? `${resource}/${subresource}` : resource
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group) || !has(rule.resources, name)) return false
  return namespace ? has(rule.namespaces ?? [], namespace) : !!rule.clusterScope
}

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

/** `/healthz/*` means what is below it; `*` everything. */
const matchesUrl = (pattern: string, path: string): boolean => {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('/*') && path.startsWith(pattern.slice(0, -1))
}
