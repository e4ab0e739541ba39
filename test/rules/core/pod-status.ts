import { duplicate, forbidden, invalid, nothing, notSupported, put, type Rule, rule, to, words } from '../rule.ts'

const ended = { name: 'c', ready: false, restartCount: 0, image: 'i', imageID: '' }
const terminated = (exitCode: number) => [{ ...ended, state: { terminated: { exitCode } } }]
const running = [{ ...ended, state: { running: {} } }]
const onceOnly = (restartPolicy: string, exitCode: number) =>
  put({
    'spec.restartPolicy': restartPolicy,
    'status.containerStatuses': terminated(exitCode),
    'status.initContainerStatuses': terminated(exitCode),
  })
const backAgain = 'may not be transitioned to non-terminated state'
const again = to('status.containerStatuses')(running)
const claimed = put({ 'spec.resourceClaims': [{ name: 'a', resourceClaimName: 'x' }] })
const users = (linux: object) =>
  put({ 'status.containerStatuses': [{ ...ended, user: { linux: { uid: 0, gid: 0, ...linux } } }] })
const health = (fields: object) =>
  put({
    'status.containerStatuses': [
      {
        ...ended,
        allocatedResourcesStatus: [{ name: 'cpu', resources: [{ resourceID: 'a', health: 'Healthy' }], ...fields }],
      },
    ],
  })
const resource = 'status.containerStatuses[0].allocatedResourcesStatus[0]'
export const statuses: Rule[] = [
  rule(
    'metadata.conditions[0].Type',
    invalid,
    words.qualified,
    put({ 'status.conditions': [{ type: 'a.b/c', status: 'True' }] }),
    put({ 'status.conditions': [{ type: 'a b', status: 'True' }] }),
  ),
  rule('status.nominatedNodeName', invalid, words.subdomain, 'n', 'N'),
  rule('status.qosClass', invalid, words.immutable, 'Burstable', 'Guaranteed'),
  rule('status.containerStatuses[0].state', forbidden, backAgain, nothing, again, onceOnly('Never', 1)),
  rule('status.containerStatuses[0].state', forbidden, backAgain, nothing, again, onceOnly('OnFailure', 0)),
  rule(
    'status.initContainerStatuses[0].state',
    forbidden,
    backAgain,
    nothing,
    to('status.initContainerStatuses')(running),
    onceOnly('Never', 1),
  ),
  rule(
    'status.podIPs[0]',
    invalid,
    words.ip,
    put({ 'status.podIPs': [{ ip: '10.0.0.1' }] }),
    put({ 'status.podIPs': [{ ip: 'a' }], 'status.podIP': 'a' }),
  ),
  rule(
    'status.podIPs',
    invalid,
    'may specify no more than one IP for each IP family',
    put({ 'status.podIPs': [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }),
    put({ 'status.podIPs': [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }),
  ),
  rule(
    'status.podIPs[1]',
    duplicate,
    '10.0.0.1',
    put({ 'status.podIPs': [{ ip: '10.0.0.1' }] }),
    put({ 'status.podIPs': [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] }),
  ),
  rule(
    'status.hostIPs[0].ip',
    invalid,
    'must be equal to `hostIP`',
    put({ 'status.hostIP': '10.0.0.1', 'status.hostIPs': [{ ip: '10.0.0.1' }] }),
    put({ 'status.hostIP': '10.0.0.2', 'status.hostIPs': [{ ip: '10.0.0.1' }] }),
  ),
  rule(
    'status.hostIPs',
    invalid,
    'may specify no more than one IP for each IP family',
    put({ 'status.hostIP': '10.0.0.1', 'status.hostIPs': [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }),
    put({ 'status.hostIP': '10.0.0.1', 'status.hostIPs': [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }),
  ),
  rule(
    'status.resourceClaimStatuses[0].name',
    invalid,
    'must match the name of an entry in `spec.resourceClaims`',
    put({ 'status.resourceClaimStatuses': [{ name: 'a' }] }),
    put({ 'status.resourceClaimStatuses': [{ name: 'b' }] }),
    claimed,
  ),
  rule(
    'status.resourceClaimStatuses[1].name',
    duplicate,
    '"a"',
    put({ 'status.resourceClaimStatuses': [{ name: 'a' }] }),
    put({ 'status.resourceClaimStatuses': [{ name: 'a' }, { name: 'a' }] }),
    claimed,
  ),
  rule(
    'status.resourceClaimStatuses[0].name',
    invalid,
    words.subdomain,
    put({ 'status.resourceClaimStatuses': [{ name: 'a', resourceClaimName: 'x' }] }),
    put({ 'status.resourceClaimStatuses': [{ name: 'a', resourceClaimName: 'X' }] }),
    claimed,
  ),
  rule(
    'status.containerStatuses[0].linux.uid',
    invalid,
    'must be between 0 and 2147483647, inclusive',
    users({ uid: 2147483647 }),
    users({ uid: -1 }),
  ),
  rule(
    'status.containerStatuses[0].linux.supplementalGroups[0]',
    invalid,
    'must be between 0 and 2147483647, inclusive',
    users({ supplementalGroups: [0] }),
    users({ supplementalGroups: [-1] }),
  ),
  rule(
    `${resource}.name`,
    invalid,
    "must match one of the container's resource requests",
    health({}),
    health({ name: 'example.com/a' }),
  ),
  rule(
    `${resource}.name`,
    invalid,
    "must match one of the container's resource claims",
    health({}),
    health({ name: 'claim:a' }),
  ),
  rule(
    `${resource}.resources[0].health`,
    notSupported,
    '"Healthy", "Unhealthy", "Unknown"',
    health({}),
    health({ resources: [{ resourceID: 'a', health: 'Sick' }] }),
  ),
  rule(
    `${resource}.resources[1].resourceID`,
    duplicate,
    '"a"',
    health({}),
    health({ resources: Array(2).fill({ resourceID: 'a', health: 'Healthy' }) }),
  ),
]
