import {
  type Container,
  type PodSecurityContext,
  type PodSpec,
  type SecurityContext,
  WindowsSecurityContextOptions,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import { rule } from './walk.ts'

/** What pods may say about themselves on Windows, and on Linux about Windows. */

const maxCredentialBytes = 64 * 1024
const maxDomain = 256
const maxUser = 104
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f]/

export const windowsRules = [
  rule(WindowsSecurityContextOptions, {
    gmsaCredentialSpecName: (value, field) =>
      value === undefined ? [] : dns1123Subdomain(value).map((problem) => fieldError.invalid(field, value, problem)),
    gmsaCredentialSpec: (value, field) => {
      if (value === undefined) return []
      if (value === '') return [fieldError.invalid(field, value, 'gmsaCredentialSpec cannot be an empty string')]
      return new TextEncoder().encode(value).length > maxCredentialBytes
        ? [fieldError.invalid(field, value, 'gmsaCredentialSpec size must be under 64 KiB')]
        : []
    },
    runAsUserName: (value, field) =>
      value === undefined ? [] : userProblems(value).map((why) => fieldError.invalid(field, value, why)),
  }),
]

/** `USER` or `DOMAIN\USER` */
function userProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (control.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const domain = parts.length === 2 ? parts[0] : undefined
  const user = parts.at(-1) ?? ''
  const problems: string[] = []
  if (domain !== undefined && domain.length >= maxDomain)
    problems.push("runAsUserName's Domain length must be under 256 characters")
  if (domain !== undefined && !netBios.test(domain) && !dnsName.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
  if (user === '') problems.push("runAsUserName's User cannot be empty")
  if (user.length > maxUser) problems.push("runAsUserName's User length must not be longer than 104 characters")
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  return problems
}

type Placed = [Pick<Container, 'securityContext'>, string]

/** Rules that need the pod's system. `containers` are those of every kind, with their paths. */
export function systemProblems(spec: PodSpec, containers: readonly Placed[], field: string): FieldError[] {
  const { os } = spec
  const errors = hostProcessProblems(spec, containers, field)
  if (!os) return errors
  if (!os.name) errors.push(fieldError.required(`${field}.os.name`, 'cannot be empty'))
  else if (os.name === 'linux') errors.push(...onLinux(spec, containers, field))
  else if (os.name === 'windows') errors.push(...onWindows(spec, containers, field))
  else errors.push(fieldError.notSupported(`${field}.os`, os.name, ['linux', 'windows']))
  return errors
}

const noOptions = 'windows options cannot be set for a linux pod'
const onLinux = ({ securityContext }: PodSpec, containers: readonly Placed[], field: string): FieldError[] =>
  [[{ securityContext }, field] as const, ...containers]
    .filter(([{ securityContext: own }]) => own?.windowsOptions)
    .map(([, at]) => fieldError.forbidden(`${at}.securityContext.windowsOptions`, noOptions))

const ofPod = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const
const ofPodContext: readonly (keyof PodSecurityContext)[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
]
const ofContainer: readonly (keyof SecurityContext)[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
]

function onWindows(spec: PodSpec, containers: readonly Placed[], field: string): FieldError[] {
  const { securityContext: context = {} } = spec
  const fields = [
    // Of these two, false is as good as absent.
    ...ofPod.filter((name) => (name.startsWith('hostP') || name === 'hostIPC' ? spec[name] : spec[name] !== undefined)),
    ...ofPodContext.filter((name) => context[name] !== undefined).map((name) => `securityContext.${name}`),
  ].map((name) => `${field}.${name}`)
  for (const [{ securityContext: own = {} }, at] of containers)
    fields.push(...ofContainer.filter((name) => own[name] !== undefined).map((name) => `${at}.securityContext.${name}`))
  return fields.map((name) => fieldError.forbidden(name, 'cannot be set for a windows pod'))
}

/** HostProcess containers run beside the host's own processes: all of a pod, or none. */
function hostProcessProblems(spec: PodSpec, containers: readonly Placed[], field: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  const errors: FieldError[] = []
  let count = 0
  for (const [{ securityContext }, at] of containers) {
    const own = securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      errors.push(
        fieldError.invalid(
          `${at}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      )
    if (own ?? ofPod) count++
  }
  if (count === 0) return errors
  if (count !== containers.length)
    errors.push(
      fieldError.invalid(
        field,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    )
  if (!spec.hostNetwork)
    errors.push(
      fieldError.invalid(
        `${field}.hostNetwork`,
        false,
        'hostNetwork must be true if pod contains any hostProcess containers',
      ),
    )
  return errors
}
