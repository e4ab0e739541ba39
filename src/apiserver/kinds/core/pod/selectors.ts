import type { PodAffinityTerm, PodSpec } from '../../../../api/core/v1/index.ts'
import type { LabelSelector } from '../../../../api/meta/v1/index.ts'

type Labels = Record<string, string>

/** Writes what `matchLabelKeys` and `mismatchLabelKeys` mean for this pod into the selectors beside them (KEP-3243, KEP-3633). */
export function withMatchLabelKeys(spec: PodSpec, labels: Labels = {}): PodSpec {
  const { affinity, topologySpreadConstraints } = spec
  const term = (t: PodAffinityTerm) => termWith(t, labels)
  const terms = <A extends NonNullable<typeof affinity>['podAffinity']>(part: A): A =>
    part && {
      ...part,
      requiredDuringSchedulingIgnoredDuringExecution: part.requiredDuringSchedulingIgnoredDuringExecution?.map(term),
      preferredDuringSchedulingIgnoredDuringExecution: part.preferredDuringSchedulingIgnoredDuringExecution?.map(
        (weighted) => ({ ...weighted, podAffinityTerm: term(weighted.podAffinityTerm) }),
      ),
    }
  if (!affinity?.podAffinity && !affinity?.podAntiAffinity && !topologySpreadConstraints) return spec
  return {
    ...spec,
    ...(affinity && {
      affinity: {
        ...affinity,
        ...(affinity.podAffinity && { podAffinity: terms(affinity.podAffinity) }),
        ...(affinity.podAntiAffinity && { podAntiAffinity: terms(affinity.podAntiAffinity) }),
      },
    }),
    ...(topologySpreadConstraints && {
      topologySpreadConstraints: topologySpreadConstraints.map((constraint) => ({
        ...constraint,
        labelSelector: narrowed(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels),
      })),
    }),
  }
}

function termWith(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  if (!term.labelSelector) return term
  const matched = narrowed(term.labelSelector, term.matchLabelKeys, 'In', labels)
  return { ...term, labelSelector: narrowed(matched, term.mismatchLabelKeys, 'NotIn', labels) }
}

function narrowed(selector: LabelSelector | undefined, keys: string[] = [], operator: string, labels: Labels) {
  const expressions = keys.flatMap((key) => {
    const value = labels[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
  if (!selector || expressions.length === 0) return selector
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...expressions] }
}
