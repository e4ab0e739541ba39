import {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { userId } from '../../../api/names.ts'
import { each, needs, oneOf } from './checks.ts'
import { relativePath } from './containers.ts'
import { type Check, rule } from './walk.ts'

const id: Check<number> = (value, field) =>
  value === undefined ? [] : userId(value).map((problem) => fieldError.invalid(field, value, problem))

interface Profile {
  type: string
  localhostProfile?: string
}

function profile({ type, localhostProfile }: Profile, field: string): FieldError[] {
  const at = `${field}.localhostProfile`
  if (type === 'Localhost')
    return localhostProfile
      ? relativePath(localhostProfile, at)
      : [fieldError.required(at, 'must be set when type is Localhost')]
  return localhostProfile ? [fieldError.invalid(at, localhostProfile, 'can only be set when type is Localhost')] : []
}

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const sysctlFormat = `(${sysctlSegment}[\\./])*${sysctlSegment}`
const isSysctl = new RegExp(`^${sysctlFormat}$`)
const profileType = needs(oneOf('Localhost', 'RuntimeDefault', 'Unconfined'))

export const securityRules = [
  rule(
    SecurityContext,
    { runAsUser: id, runAsGroup: id, procMount: oneOf('Default', 'Unmasked') },
    ({ privileged, capabilities, allowPrivilegeEscalation }, field) => {
      if (allowPrivilegeEscalation !== false) return []
      if (privileged)
        return [
          fieldError.invalid(
            field,
            { privileged, capabilities, allowPrivilegeEscalation },
            'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
          ),
        ]
      return capabilities?.add?.some((name) => name === 'CAP_SYS_ADMIN')
        ? [
            fieldError.invalid(
              field,
              { capabilities, allowPrivilegeEscalation },
              'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
            ),
          ]
        : []
    },
  ),
  rule(PodSecurityContext, {
    runAsUser: id,
    runAsGroup: id,
    fsGroup: id,
    supplementalGroups: each(id),
    fsGroupChangePolicy: oneOf('Always', 'OnRootMismatch'),
    supplementalGroupsPolicy: oneOf('Merge', 'Strict'),
    seLinuxChangePolicy: oneOf('MountOption', 'Recursive'),
    sysctls: (list = [], field) => {
      const seen = new Set<string>()
      return list.flatMap(({ name }, i) => {
        const again = seen.has(name)
        seen.add(name)
        return again ? [fieldError.duplicate(`${field}[${i}].name`, name)] : []
      })
    },
  }),
  rule(Sysctl, {
    name: (value, field) => {
      if (!value) return [fieldError.required(field)]
      return value.length <= 253 && isSysctl.test(value)
        ? []
        : [fieldError.invalid(field, value, `must have at most 253 characters and match regex ^${sysctlFormat}$`)]
    },
  }),
  rule(SeccompProfile, { type: profileType }, profile),
  rule(AppArmorProfile, { type: profileType }, profile),
]
