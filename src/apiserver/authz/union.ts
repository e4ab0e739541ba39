import type { AccessDecision } from '../../api/access.ts'
import type { Authorizer } from './authorizer.ts'

/** Asks one authorizer after the other; the first that allows or denies decides (upstream's union). */
export function union(authorizers: readonly Authorizer[]): Authorizer {
  const [only] = authorizers
  if (only && authorizers.length === 1) return only
  return {
    authorize(attributes) {
      const asked: AccessDecision[] = []
      for (let i = 0; i < authorizers.length; i++) {
        const decision = authorizers[i]?.authorize(attributes) ?? { allowed: false }
        if (decision instanceof Promise) {
          const rest = authorizers.slice(i + 1)
          return decision.then((first) => (first.allowed || first.denied ? first : askRest([...asked, first], rest)))
        }
        if (decision.allowed || decision.denied) return decision
        asked.push(decision)
      }
      return together(asked)

      async function askRest(before: AccessDecision[], rest: readonly Authorizer[]): Promise<AccessDecision> {
        const all = [...before]
        for (const authorizer of rest) {
          const decision = await authorizer.authorize(attributes)
          if (decision.allowed || decision.denied) return decision
          all.push(decision)
        }
        return together(all)
      }
    },
    async rulesFor(user, namespace) {
      const all = await Promise.all(authorizers.map((authorizer) => authorizer.rulesFor(user, namespace)))
      const errors = all.flatMap(({ evaluationError }) => evaluationError ?? [])
      return {
        resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
        nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
        incomplete: all.some(({ incomplete }) => incomplete),
        ...(errors.length > 0 && { evaluationError: errors.join(', ') }),
      }
    },
    attach(resources) {
      for (const authorizer of authorizers) authorizer.attach?.(resources)
    },
  }
}

function together(decisions: readonly AccessDecision[]): AccessDecision {
  const reasons = decisions.flatMap(({ reason }) => reason || [])
  const errors = decisions.flatMap(({ error }) => error || [])
  return {
    allowed: false,
    ...(reasons.length > 0 && { reason: reasons.join('\n') }),
    ...(errors.length > 0 && { error: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` }),
  }
}
