import type { Container, Pod, PodSpec, Toleration } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { jsonText } from '../../../../api/machinery/json/json-text.ts'
import type { Stored } from '../../../../api/object.ts'
import { equal } from '../../rules/checks.ts'

const allowed =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A pod is what it is: only a few fields change after it was made. */
export function validatePodUpdate(pod: Pod, old: Stored<Pod>): FieldError[] {
  if (!pod.spec) return [fieldError.required('spec')]
  const { spec } = pod
  const errors = [
    ...countProblem('containers', spec.containers, old.spec.containers),
    ...countProblem('initContainers', spec.initContainers, old.spec.initContainers),
  ]
  if (errors.length) return errors
  errors.push(...deadlineProblem(spec, old.spec), ...tolerationProblem(spec, old.spec), ...gateProblem(spec, old.spec))
  if (errors.length) return errors
  const gated = (old.spec.schedulingGates?.length ?? 0) > 0
  return equal(comparable(spec, old.spec, gated), comparable(old.spec, old.spec, gated))
    ? []
    : [fieldError.forbidden('spec', `${allowed}\n${changes(spec, old.spec)}`)]
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

function gateProblem({ schedulingGates: now = [] }: PodSpec, { schedulingGates: before = [] }: PodSpec): FieldError[] {
  const added = now.findIndex((gate) => !before.some(({ name }) => name === gate.name))
  return added < 0
    ? []
    : [
        fieldError.forbidden(
          `spec.schedulingGates[${added}]`,
          `only deletion is allowed, but found new scheduling gate '${now[added]?.name}'`,
        ),
      ]
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
    // While a pod is gated nobody has looked at where it may run.
    ...(gated && { nodeSelector: undefined, affinity: undefined }),
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
