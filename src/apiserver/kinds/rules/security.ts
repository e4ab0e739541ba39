import {
  AppArmorProfile,
  type Container,
  PodSecurityContext,
  type PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { userId } from '../../../api/names.ts'
import { each, notSaidHere, oneOf } from './checks.ts'
import { relativePath } from './paths.ts'
import { type Check, rule } from './walk.ts'
import { windowsRules } from './windows.ts'

const id: Check<number> = (value, field) =>
  value === undefined ? [] : userId(value).map((problem) => fieldError.invalid(field, value, problem))

const profileTypes = SeccompProfile.fields.type.values ?? []
const maxProfileBytes = 4095

interface Profile {
  type?: string
  localhostProfile?: string
}

/** A profile of seccomp or AppArmor; `what` and `name` are what upstream calls it. */
function profile(what: string, name: string, ofHost: Check<string>) {
  return ({ type, localhostProfile }: Profile, field: string): FieldError[] => {
    const at = `${field}.localhostProfile`
    if (!type) return [fieldError.required(`${field}.type`, `type is required when ${name} is set`)]
    if (!profileTypes.includes(type)) return [fieldError.notSupported(`${field}.type`, type, profileTypes)]
    if (type === 'Localhost')
      return localhostProfile === undefined
        ? [fieldError.required(at, `must be set when ${what} type is Localhost`)]
        : ofHost(localhostProfile, at)
    return localhostProfile === undefined
      ? []
      : [fieldError.invalid(at, localhostProfile, `can only be set when ${what} type is Localhost`)]
  }
}

const appArmorName: Check<string> = (value = '', field) => {
  const errors: FieldError[] = []
  const trimmed = value.trim()
  if (trimmed !== value) errors.push(fieldError.invalid(field, value, 'must not be padded with whitespace'))
  else if (trimmed === '') errors.push(fieldError.required(field, 'must be set when AppArmor type is Localhost'))
  if (new TextEncoder().encode(value).length > maxProfileBytes) errors.push(fieldError.tooLong(field, maxProfileBytes))
  return errors
}

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const sysctlFormat = `(${sysctlSegment}[\\./])*${sysctlSegment}`
const isSysctl = new RegExp(`^${sysctlFormat}$`)

export const securityRules = [
  rule(
    SecurityContext,
    { runAsUser: id, runAsGroup: id },
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
  rule(SeccompProfile, { type: notSaidHere }, profile('seccomp', 'seccompProfile', relativePath)),
  rule(AppArmorProfile, { type: notSaidHere }, profile('AppArmor', 'appArmorProfile', appArmorName)),
  ...windowsRules,
]

type Placed = [Pick<Container, 'securityContext'>, string]

/** Rules of what a pod shares with its host. */
export function hostProblems(spec: PodSpec, containers: readonly Placed[], field: string): FieldError[] {
  const { hostNetwork, hostPID, hostIPC, hostUsers, shareProcessNamespace, securityContext } = spec
  const errors: FieldError[] = []
  const context = `${field}.securityContext`
  if (hostPID && shareProcessNamespace)
    errors.push(
      fieldError.invalid(
        `${context}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    )
  if (hostNetwork || hostIPC)
    for (const [i, { name = '' }] of (securityContext?.sysctls ?? []).entries()) {
      const shared = (hostNetwork && isOfNetwork(name) && 'hostNetwork') || (hostIPC && isOfIpc(name) && 'hostIPC')
      if (shared)
        errors.push(
          fieldError.invalid(`${context}.sysctls[${i}].name`, name, `may not be specified when '${shared}' is true`),
        )
    }
  if (hostUsers === false)
    // Upstream's names of these fields.
    for (const [name, given] of Object.entries({ hostNetwork, HostPID: hostPID, HostIPC: hostIPC }))
      if (given) errors.push(fieldError.forbidden(`${field}.${name}`, 'when `pod.Spec.HostUsers` is false'))
  if (hostUsers !== false)
    for (const [{ securityContext: own }, at] of containers)
      if (own?.procMount === 'Unmasked')
        errors.push(
          fieldError.invalid(
            `${at}.securityContext.procMount`,
            'Unmasked',
            '`hostUsers` must be false to use `Unmasked`',
          ),
        )
  return errors
}

const dotted = (name: string) =>
  /^[^./]*\//.test(name) ? name.replaceAll(/[./]/g, (c) => (c === '.' ? '/' : '.')) : name
const isOfNetwork = (name: string) => dotted(name).startsWith('net.')
const isOfIpc = (name: string) =>
  dotted(name).startsWith('fs.mqueue.') || dotted(name) === 'kernel.sem' || /^kernel\.(shm|msg)/.test(dotted(name))
