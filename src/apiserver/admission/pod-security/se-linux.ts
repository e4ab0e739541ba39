import type { Container, SELinuxOptions } from '../../../api/core/v1/index.ts'
import { type Check, namesOf, plural, quoted, setters, sorted } from './check.ts'

/** Options that are set to what is not allowed. */
export const seLinuxOptions =
  (types: readonly string[]): Check =>
  (pod) => {
    const of = ({ securityContext }: Pick<Container, 'securityContext'>) => securityContext?.seLinuxOptions
    const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
      options !== undefined && (!types.includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role))
    const own = pod.spec.securityContext?.seLinuxOptions
    const names = namesOf(pod, (container) => isBad(of(container)))
    if (!isBad(own) && names.length === 0) return undefined
    const bad = [own, ...pod.containers.map(of)].filter(isBad)
    const badTypes = sorted(bad.map(({ type = '' }) => type).filter((type) => !types.includes(type)))
    const what = [
      ...(badTypes.length > 0 ? [`${plural('type', 'types', badTypes.length)} ${quoted(badTypes)}`] : []),
      ...(bad.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(bad.some(({ role }) => role) ? ['role may not be set'] : []),
    ]
    return {
      reason: 'seLinuxOptions',
      detail: `${setters(isBad(own), names)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    }
  }
