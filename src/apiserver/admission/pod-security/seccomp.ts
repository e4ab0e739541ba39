import type { Container } from '../../../api/core/v1/index.ts'
import { type Check, type CheckedPod, named, namesOf, plural, quoted, setters, sorted } from './check.ts'

const reason = 'seccompProfile'
const isValid = (type: string) => type === 'RuntimeDefault' || type === 'Localhost'
const typeOf = ({ securityContext }: Container): string | undefined => securityContext?.seccompProfile?.type

/** Explicit profiles of a pod and its containers that are not allowed. */
const explicit: Check = (pod) => {
  const own = pod.spec.securityContext?.seccompProfile?.type
  const isBad = (type: string | undefined): type is string => type !== undefined && !isValid(type)
  const names = namesOf(pod, (container) => isBad(typeOf(container)))
  if (!isBad(own) && names.length === 0) return undefined
  const types = quoted(sorted([own, ...pod.containers.map(typeOf)].filter(isBad)))
  return {
    reason,
    detail: `${setters(isBad(own), names)} must not set securityContext.seccompProfile.type to ${types}`,
  }
}

export const seccompByField: Check = explicit

/** Every container has a profile, of its own or its pod's. */
export const seccompRequired: Check = (pod) => {
  const wrong = explicit(pod)
  if (wrong || pod.spec.securityContext?.seccompProfile) return wrong
  const names = namesOf(pod, (container) => typeOf(container) === undefined)
  return names.length > 0
    ? {
        reason,
        detail: `pod or ${named(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      }
    : undefined
}

const ofPod = 'seccomp.security.alpha.kubernetes.io/pod'
const ofContainer = 'container.seccomp.security.alpha.kubernetes.io/'

/** Before v1.19, profiles were annotations. */
export const seccompByAnnotation: Check = ({ annotations, containers }: CheckedPod) => {
  const isAllowed = (value: string) => /^(runtime\/default|docker\/default|localhost\/.*)$/s.test(value)
  const keys = [ofPod, ...containers.map(({ name }) => `${ofContainer}${name}`)]
  const forbidden = sorted(
    keys.flatMap((key) => {
      const value = annotations[key]
      return value === undefined || isAllowed(value) ? [] : [`${key}=${JSON.stringify(value)}`]
    }),
  )
  if (forbidden.length === 0) return undefined
  return {
    reason,
    detail: `forbidden ${plural('annotation', 'annotations', forbidden.length)} ${forbidden.join(', ')}`,
  }
}
