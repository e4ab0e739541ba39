import type {
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  Toleration,
} from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { jsonText } from '../../../../api/machinery/json/json-text.ts'
import type { Stored } from '../../../../api/object.ts'
import { equal } from '../../rules/checks.ts'
import { mirrorAnnotation } from './validate.ts'

const allowed =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A pod is what it is: only a few fields change after it was made. */
export function validatePodUpdate(pod: Pod, old: Stored<Pod>): FieldError[] {
  if (!pod.spec) return [fieldError.required('spec')]
  const { spec } = pod
  const errors = annotationUpdates(pod, old)
  const counts = [
    ...countProblem('containers', spec.containers, old.spec.containers),
    ...countProblem('initContainers', spec.initContainers, old.spec.initContainers),
  ]
  errors.push(...counts, ...deadlineProblem(spec, old.spec))
  if (errors.length) return errors
  errors.push(...tolerationProblem(spec, old.spec), ...gateProblems(spec, old.spec))
  const gated = (old.spec.schedulingGates?.length ?? 0) > 0
  if (gated) errors.push(...selectorProblems(spec, old.spec), ...affinityProblems(spec, old.spec))
  if (errors.length) return errors
  return equal(comparable(spec, old.spec, gated), comparable(old.spec, old.spec, gated))
    ? []
    : [fieldError.forbidden('spec', `${allowed}\n${changes(spec, old.spec)}`)]
}

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

/** Annotations that are part of what a pod is. */
export function annotationUpdates({ metadata = {} }: Pod, { metadata: old }: Stored<Pod>): FieldError[] {
  const { annotations: now = {} } = metadata
  const { annotations: before = {} } = old
  if (now === before) return []
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const name =
      key === mirrorAnnotation ? 'mirror pod annotation' : key.startsWith(appArmorPrefix) && 'AppArmor annotations'
    if (!name || now[key] === before[key]) return []
    const verb = before[key] === undefined ? 'add' : 'remove or update'
    return [fieldError.forbidden(`metadata.annotations[${key}]`, `may not ${verb} ${name}`)]
  })
}

const countProblem = (name: string, now: Container[] = [], before: Container[] = []): FieldError[] =>
  now.length === before.length
    ? []
    : [fieldError.forbidden(`spec.${name}`, 'pod updates may not add or remove containers')]

function deadlineProblem(
  { activeDeadlineSeconds: now }: PodSpec,
  { activeDeadlineSeconds: before }: PodSpec,
): FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  if (before === undefined) return []
  if (now === undefined)
    return [fieldError.invalid(field, null, 'must not update from a positive integer to nil value')]
  return now > before ? [fieldError.invalid(field, now, `must be less than or equal to previous value`)] : []
}

/** Tolerations may be added, and their time changed. */
function tolerationProblem({ tolerations: now = [] }: PodSpec, { tolerations: before = [] }: PodSpec): FieldError[] {
  const same = (a: Toleration, b: Toleration) =>
    equal({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined })
  return before.every((old) => now.some((t) => same(t, old)))
    ? []
    : [fieldError.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
}

const gateProblems = (
  { schedulingGates: now = [] }: PodSpec,
  { schedulingGates: before = [] }: PodSpec,
): FieldError[] =>
  now.flatMap(({ name }, i) =>
    before.some((gate) => gate.name === name)
      ? []
      : [
          fieldError.forbidden(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  )

/** No scheduler has considered a gated pod yet, so an update may narrow its choice of nodes (KEP-3838). */
function selectorProblems({ nodeSelector: now = {} }: PodSpec, { nodeSelector: before = {} }: PodSpec): FieldError[] {
  return Object.entries(before).every(([key, value]) => now[key] === value)
    ? []
    : [
        fieldError.invalid(
          'spec.nodeSelector',
          now,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      ]
}

function affinityProblems({ affinity: now }: PodSpec, { affinity: before }: PodSpec): FieldError[] {
  const old = termsOf(before?.nodeAffinity)
  const terms = termsOf(now?.nodeAffinity)
  const field = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  if (old.length === 0) return []
  if (terms.length !== old.length)
    return [fieldError.invalid(field, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  return terms.flatMap((term, i) =>
    narrows(term, old[i] ?? {})
      ? []
      : [fieldError.invalid(`${field}[${i}]`, term, 'only additions are allowed (no mutations or deletions)')],
  )
}

const termsOf = (affinity: NodeAffinity | undefined): NodeSelectorTerm[] =>
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []

/** A term that says nothing matches nothing: what is added to it would widen it. */
function narrows(now: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  if (lists.every((name) => !before[name]?.length)) return lists.every((name) => !now[name]?.length)
  return lists.every((name) => equal(now[name]?.slice(0, before[name]?.length ?? 0), before[name]))
}

/** The spec with everything that may change set to what it was. */
function comparable(spec: PodSpec, old: PodSpec, gated: boolean): object {
  const images = (now: Container[] = [], before: Container[] = []) =>
    now.map((container, i) => ({ ...container, image: before[i]?.image }))
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1
  return {
    ...spec,
    containers: images(spec.containers, old.containers),
    initContainers: images(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    serviceAccount: undefined,
    ...(negative && { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds }),
    ...(gated && { nodeSelector: undefined, affinity: { ...spec.affinity, nodeAffinity: undefined } }),
  }
}

/** The names of the fields that differ, for the message. */
function changes(now: object, before: object): string {
  const names = new Set([...Object.keys(now), ...Object.keys(before)])
  const get = (object: object, name: string) => (object as Record<string, unknown>)[name]
  return [...names]
    .filter((name) => !equal(get(now, name), get(before, name)))
    .map((name) => `  spec.${name}: ${jsonText(get(before, name))} -> ${jsonText(get(now, name))}`)
    .join('\n')
}
