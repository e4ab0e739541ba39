import type { Container } from '../../../api/core/v1/index.ts'
import { type Check, namesOf, plural, quoted, setters, sorted } from './check.ts'

const annotation = 'container.apparmor.security.beta.kubernetes.io/'
const isAllowedValue = (value: string) => value === '' || value === 'runtime/default' || value.startsWith('localhost/')
const isBadType = (type: string | undefined): type is string =>
  type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost'

/** Profiles by field or by annotation, as they were before v1.30. */
export const appArmorProfile: Check = (pod) => {
  const of = ({ securityContext }: Container) => securityContext?.appArmorProfile?.type
  const own = pod.spec.securityContext?.appArmorProfile?.type
  const names = namesOf(pod, (container) => isBadType(of(container)))
  const types = sorted([own, ...pod.containers.map(of)].filter(isBadType))
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(annotation) && !isAllowedValue(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
  const details = [
    ...(types.length > 0
      ? [`${setters(isBadType(own), names)} must not set AppArmor profile type to ${quoted(types)}`]
      : []),
    ...annotations,
  ]
  if (details.length === 0) return undefined
  const count = types.length + annotations.length
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', count),
    detail: details.join(', '),
  }
}
