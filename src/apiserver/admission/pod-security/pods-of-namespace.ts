import { Pods } from '../../../api/core/v1/index.ts'
import type { Objects } from '../../definition.ts'
import { checkedPod } from './check.ts'
import { reasonsOf, violationsOf } from './evaluate.ts'
import { isStricter, type LevelVersion, textOf } from './level.ts'

const maxPods = 3000

/** Warns of the pods in a namespace that violate what is now enforced there: they run on, but would not be allowed again. */
export function warningsOfPods(
  namespace: string,
  enforced: LevelVersion,
  before: LevelVersion,
  objects: Objects,
  exemptClasses: readonly string[],
): string[] {
  const isSame = textOf(enforced) === textOf(before)
  const isRelaxed = enforced.minor === before.minor && !isStricter(enforced, before)
  if (isSame || isRelaxed || enforced.level === 'privileged') return []
  const all = objects.knownList(Pods, namespace)
  const names = new Map<string, string[]>()
  for (const { metadata, spec } of all.slice(0, maxPods)) {
    if (spec.runtimeClassName && exemptClasses.includes(spec.runtimeClassName)) continue
    const violations = violationsOf(enforced, checkedPod(metadata.annotations, spec))
    if (violations.length === 0) continue
    const reasons = reasonsOf(violations)
    names.set(reasons, [...(names.get(reasons) ?? []), metadata.name])
  }
  const found = [...names].map(([reasons, pods]) => {
    const others = pods.length - 1
    const more = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`
    return `${pods.sort()[0]}${more}: ${reasons}`
  })
  return [
    ...(all.length > maxPods
      ? [`new PodSecurity enforce level only checked against the first ${maxPods} of ${all.length} existing pods`]
      : []),
    ...(found.length > 0
      ? [
          `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(textOf(enforced))}`,
        ]
      : []),
    ...found.sort(),
  ]
}
