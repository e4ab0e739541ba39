import type { AppArmorProfile, PodSpec, SeccompProfile } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { relativePath } from './paths.ts'
import { placedContainers } from './placed-containers.ts'

/** Annotations of pods that mean something: those that fields have taken the place of must agree with the fields. */

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const seccompOfPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/'
const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

type Annotations = Readonly<Record<string, string>>

/** Rules of the annotations alone, and of new pods' annotations beside the fields of their spec. */
export function podAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  field: string,
  specField: string,
): FieldError[] {
  return [...annotationProblems(annotations, spec, field), ...agreement(annotations, spec, specField)]
}

export function annotationProblems(annotations: Annotations, spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = []
  const cost = annotations[deletionCost]
  if (cost !== undefined && !isInt32(cost))
    errors.push(fieldError.invalid(`${field}[${deletionCost}]`, cost, 'must be a 32bit integer'))
  for (const [key, value] of Object.entries(annotations)) {
    if (key === seccompOfPod || key.startsWith(seccompPrefix)) errors.push(...seccompName(value, `${field}.${key}`))
    if (key.startsWith(appArmorPrefix)) errors.push(...appArmorEntry(key, value, spec, `${field}[${key}]`))
  }
  return errors
}

/** Neither a plus sign nor leading zeros. */
const isInt32 = (text: string) =>
  /^(-\d+|0|[1-9]\d*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31

const seccompNames = ['runtime/default', 'docker/default', 'unconfined']
const seccompName = (name: string, field: string): FieldError[] => {
  if (seccompNames.includes(name)) return []
  return name.startsWith('localhost/')
    ? relativePath(name.slice('localhost/'.length), field)
    : [fieldError.invalid(field, name, 'must be a valid seccomp profile')]
}

function appArmorEntry(key: string, value: string, spec: PodSpec, field: string): FieldError[] {
  const container = key.slice(appArmorPrefix.length)
  const known = placedContainers(spec, '').some(([{ name }]) => name === container)
  const isGood = value === '' || value === 'runtime/default' || value === 'unconfined' || value.startsWith('localhost/')
  return [
    ...(known ? [] : [fieldError.invalid(field, container, 'container not found')]),
    ...(isGood ? [] : [fieldError.invalid(field, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`)]),
  ]
}

function agreement(annotations: Annotations, spec: PodSpec, field: string): FieldError[] {
  const { securityContext: ofPod } = spec
  const errors = matching(
    annotations[seccompOfPod],
    ofPod?.seccompProfile,
    'seccomp',
    `${field}.securityContext.seccompProfile`,
  )
  for (const [{ name, securityContext: own }, at] of placedContainers(spec, field)) {
    const context = `${at}.securityContext`
    const profile = own?.appArmorProfile ?? ofPod?.appArmorProfile
    errors.push(
      ...matching(annotations[`${seccompPrefix}${name}`], own?.seccompProfile, 'seccomp', `${context}.seccompProfile`),
    )
    if (spec.os?.name !== 'windows')
      errors.push(
        ...matching(annotations[`${appArmorPrefix}${name}`], profile, 'apparmor', `${context}.appArmorProfile`),
      )
  }
  return errors
}

const annotationOf: Record<string, string[]> = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default', 'docker/default'],
}

function matching(
  annotation: string | undefined,
  profile: SeccompProfile | AppArmorProfile | undefined,
  what: 'seccomp' | 'apparmor',
  field: string,
): FieldError[] {
  if (annotation === undefined || !profile) return []
  const { type, localhostProfile } = profile
  const ofType = type === 'Localhost' ? annotation.startsWith('localhost/') : annotationOf[type]?.includes(annotation)
  if (ofType === false)
    return [fieldError.forbidden(`${field}.type`, `${what} type in annotation and field must match`)]
  return type === 'Localhost' && annotation !== `localhost/${localhostProfile}`
    ? [fieldError.forbidden(`${field}.localhostProfile`, `${what} profile in annotation and field must match`)]
    : []
}
