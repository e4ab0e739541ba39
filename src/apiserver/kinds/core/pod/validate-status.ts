import type { Container, ContainerStatus, Pod, PodSpec } from '../../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { ipProblem } from '../../../../api/ip.ts'
import { dns1123Subdomain, qualifiedName, userId } from '../../../../api/names.ts'
import type { Stored } from '../../../../api/object.ts'
import { duplicates, named, oneOf, unchanged } from '../../rules/checks.ts'
import { annotationUpdates } from './validate-update.ts'

/** What a status may say, and what it may not take back. */
export function validatePodStatus(pod: Pod, old: Stored<Pod>): FieldError[] {
  const { status = {} } = pod
  const { spec, status: before } = old
  const subdomain = named(dns1123Subdomain)
  return [
    ...annotationUpdates(pod, old),
    // Upstream's path of conditions.
    ...(status.conditions ?? []).flatMap(({ type = '' }, i) =>
      qualifiedName(type).map((problem) => fieldError.invalid(`metadata.conditions[${i}].Type`, type, problem)),
    ),
    ...(status.nominatedNodeName !== before.nominatedNodeName
      ? subdomain(status.nominatedNodeName, 'status.nominatedNodeName')
      : []),
    ...unchanged(status.qosClass, before.qosClass, 'status.qosClass'),
    ...noWayBack(status.containerStatuses, before.containerStatuses, 'status.containerStatuses', spec),
    ...noWayBack(status.initContainerStatuses, before.initContainerStatuses, 'status.initContainerStatuses', spec),
    ...noWayBack(
      status.ephemeralContainerStatuses,
      before.ephemeralContainerStatuses,
      'status.ephemeralContainerStatuses',
      { restartPolicy: 'Never' },
    ),
    ...claimStatuses(pod, spec),
    ...addresses(status.podIPs, 'status.podIPs'),
    ...(status.hostIPs?.length && status.hostIP !== status.hostIPs[0]?.ip
      ? [fieldError.invalid('status.hostIPs[0].ip', status.hostIPs[0]?.ip, 'must be equal to `hostIP`')]
      : []),
    ...addresses(status.hostIPs, 'status.hostIPs'),
    ...userProblems(status.containerStatuses, 'status.containerStatuses', spec),
    ...userProblems(status.initContainerStatuses, 'status.initContainerStatuses', spec),
    ...healthProblems(status.containerStatuses, 'status.containerStatuses', spec.containers),
    ...healthProblems(status.initContainerStatuses, 'status.initContainerStatuses', spec.initContainers),
  ]
}

/** A container that is not to be restarted does not come back to life. */
function noWayBack(
  now: ContainerStatus[] = [],
  before: ContainerStatus[] = [],
  field: string,
  spec: Partial<PodSpec>,
): FieldError[] {
  if (spec.restartPolicy === 'Always') return []
  return before.flatMap(({ name, state }, i) => {
    const { terminated } = state ?? {}
    if (!terminated || mayRestart(name, terminated.exitCode, spec)) return []
    return now
      .filter((status) => status.name === name && !status.state?.terminated)
      .map(() => fieldError.forbidden(`${field}[${i}].state`, 'may not be transitioned to non-terminated state'))
  })
}

function mayRestart(name: string, exitCode: number, spec: Partial<PodSpec>): boolean {
  const { restartPolicy, containers = [], initContainers = [] } = spec
  const container = [...containers, ...initContainers].find((c) => c.name === name)
  if (container?.restartPolicyRules?.length || container?.restartPolicy === 'Always') return true
  return exitCode !== 0 && (container?.restartPolicy ?? restartPolicy) === 'OnFailure'
}

function claimStatuses({ status = {} }: Pod, { resourceClaims = [] }: PodSpec): FieldError[] {
  const field = 'status.resourceClaimStatuses'
  const list = status.resourceClaimStatuses ?? []
  return [
    ...list.flatMap(({ name, resourceClaimName }, i) => [
      ...(resourceClaims.some((claim) => claim.name === name)
        ? []
        : [
            fieldError.invalid(`${field}[${i}].name`, name, 'must match the name of an entry in `spec.resourceClaims`'),
          ]),
      ...named(dns1123Subdomain)(resourceClaimName, `${field}[${i}].name`),
    ]),
    ...duplicates(list.map(({ name }, i) => [name, `${field}[${i}].name`])),
  ]
}

/** One address of each family at most. */
function addresses(list: { ip?: string }[] = [], field: string): FieldError[] {
  if (list.length === 0) return []
  const errors = list.flatMap(({ ip = '' }, i) =>
    ipProblem(ip).map((problem) => fieldError.invalid(`${field}[${i}]`, ip, problem)),
  )
  const ofIPv6 = list.filter(({ ip }) => ip?.includes(':')).length
  if (ofIPv6 > 1 || list.length - ofIPv6 > 1)
    errors.push(fieldError.invalid(field, list, 'may specify no more than one IP for each IP family'))
  for (const [i, address] of list.entries())
    if (list.findIndex(({ ip }) => ip === address.ip) < i) errors.push(fieldError.duplicate(`${field}[${i}]`, address))
  return errors
}

function userProblems(statuses: ContainerStatus[] = [], field: string, { os }: PodSpec): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    const at = `${field}[${i}].linux`
    if (!user?.linux) return []
    if (os?.name === 'windows') return [fieldError.forbidden(at, 'cannot be set for a windows pod')]
    const { uid = 0, gid = 0, supplementalGroups = [] } = user.linux
    const ids: [string, number][] = [
      ['uid', uid],
      ['gid', gid],
      ...supplementalGroups.map((group, j): [string, number] => [`supplementalGroups[${j}]`, group]),
    ]
    return ids.flatMap(([name, id]) => userId(id).map((problem) => fieldError.invalid(`${at}.${name}`, id, problem)))
  })
}

const ofClaim =
  "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
const ofRequest = "must match one of the container's resource requests"

function healthProblems(statuses: ContainerStatus[] = [], field: string, containers: Container[] = []): FieldError[] {
  return statuses.flatMap(({ name, allocatedResourcesStatus = [] }, i) =>
    allocatedResourcesStatus.flatMap((resource, j) => {
      const at = `${field}[${i}].allocatedResourcesStatus[${j}]`
      const container = containers.find((c) => c.name === name)
      const list = resource.resources ?? []
      const isClaim = resource.name.startsWith('claim:')
      const known = container && namesOf(container, isClaim).includes(resource.name)
      return [
        ...(container && !known
          ? [fieldError.invalid(`${at}.name`, resource.name, isClaim ? ofClaim : ofRequest)]
          : []),
        ...list.flatMap(({ health }, k) =>
          oneOf('Healthy', 'Unhealthy', 'Unknown')(health, `${at}.resources[${k}].health`),
        ),
        ...duplicates(list.map(({ resourceID }, k) => [resourceID, `${at}.resources[${k}].resourceID`])),
      ]
    }),
  )
}

const namesOf = ({ resources = {} }: Container, claims: boolean): string[] =>
  claims
    ? (resources.claims ?? []).map(({ name, request }) => `claim:${name}${request ? `/${request}` : ''}`)
    : Object.keys(resources.requests ?? {})
