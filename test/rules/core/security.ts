import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  oneOf,
  put,
  type Rule,
  range,
  required,
  rule,
  to,
  tooLong,
  words,
} from '../rule.ts'

/** Rules of as whom and with which rights containers run; paths start at the spec. */

const security = (fields: object) => to('securityContext')(fields)
const s = 'securityContext'
const localhost = (type: 'seccompProfile' | 'appArmorProfile', localhostProfile?: string) =>
  security({ [type]: { type: 'Localhost', ...(localhostProfile !== undefined && { localhostProfile }) } })
const profile = (type: 'seccompProfile' | 'appArmorProfile', fields: object) =>
  security({ [type]: { type: 'RuntimeDefault', ...fields } })
const app = 'appArmorProfile'
const comp = 'seccompProfile'
const sysctl = (name: string, more: object = {}) => put({ [s]: { sysctls: [{ name, value: '1' }] }, ...more })
const identity: Rule[] = [
  ...['runAsUser', 'runAsGroup', 'fsGroup'].flatMap((name) => range(`${s}.${name}`, 0, 2147483647)),
  rule(
    `${s}.supplementalGroups[1]`,
    invalid,
    'must be between 0 and 2147483647, inclusive',
    security({ supplementalGroups: [1, 2147483647] }),
    security({ supplementalGroups: [1, 2147483648] }),
  ),
  ...oneOf(`${s}.fsGroupChangePolicy`, ['Always', 'OnRootMismatch']),
  ...oneOf(`${s}.supplementalGroupsPolicy`, ['Merge', 'Strict']),
  ...oneOf(`${s}.seLinuxChangePolicy`, ['MountOption', 'Recursive']),
  rule(
    `${s}.shareProcessNamespace`,
    invalid,
    'ShareProcessNamespace and HostPID cannot both be enabled',
    put({ hostPID: true, shareProcessNamespace: false }),
    put({ hostPID: true, shareProcessNamespace: true }),
  ),
  rule(`${s}.sysctls[0].name`, required, '', sysctl('a'), sysctl('')),
  rule(
    `${s}.sysctls[0].name`,
    invalid,
    'must have at most 253 characters and match regex',
    sysctl('a/b.c_d'),
    sysctl('A'),
  ),
  rule(
    `${s}.sysctls[1].name`,
    duplicate,
    '"a"',
    sysctl('a'),
    security({ sysctls: Array(2).fill({ name: 'a', value: '' }) }),
  ),
  rule(
    `${s}.sysctls[0].name`,
    invalid,
    "may not be specified when 'hostNetwork' is true",
    sysctl('net.a', { hostIPC: true }),
    sysctl('net.a', { hostNetwork: true }),
  ),
  rule(
    `${s}.sysctls[0].name`,
    invalid,
    "may not be specified when 'hostIPC' is true",
    sysctl('kernel.shm_rmid_forced', { hostNetwork: true }),
    sysctl('kernel.shm_rmid_forced', { hostIPC: true }),
  ),
  rule(
    `${s}.${comp}.type`,
    required,
    'type is required when seccompProfile is set',
    profile(comp, {}),
    security({ [comp]: {} }),
  ),
  rule(
    `${s}.${comp}.type`,
    notSupported,
    '"Localhost", "RuntimeDefault", "Unconfined"',
    profile(comp, {}),
    security({ [comp]: { type: 'None' } }),
  ),
  rule(
    `${s}.${comp}.localhostProfile`,
    required,
    'must be set when seccomp type is Localhost',
    localhost(comp, 'a'),
    localhost(comp),
  ),
  rule(`${s}.${comp}.localhostProfile`, invalid, words.relative, localhost(comp, 'a/b'), localhost(comp, '/a')),
  rule(
    `${s}.${comp}.localhostProfile`,
    invalid,
    'can only be set when seccomp type is Localhost',
    profile(comp, {}),
    profile(comp, { localhostProfile: 'a' }),
  ),
  rule(
    `${s}.${app}.type`,
    required,
    'type is required when appArmorProfile is set',
    profile(app, {}),
    security({ [app]: {} }),
  ),
  rule(
    `${s}.${app}.type`,
    notSupported,
    '"Localhost", "RuntimeDefault", "Unconfined"',
    profile(app, {}),
    security({ [app]: { type: 'None' } }),
  ),
  rule(
    `${s}.${app}.localhostProfile`,
    required,
    'must be set when AppArmor type is Localhost',
    localhost(app, '/a'),
    localhost(app),
  ),
  rule(
    `${s}.${app}.localhostProfile`,
    invalid,
    'must not be padded with whitespace',
    localhost(app, 'a b'),
    localhost(app, ' a'),
  ),
  rule(
    `${s}.${app}.localhostProfile`,
    tooLong,
    'may not be more than 4095 bytes',
    localhost(app, 'a'.repeat(4095)),
    localhost(app, 'a'.repeat(4096)),
  ),
  rule(
    `${s}.${app}.localhostProfile`,
    invalid,
    'can only be set when AppArmor type is Localhost',
    profile(app, {}),
    profile(app, { localhostProfile: 'a' }),
  ),
]

const c = 'containers[0].securityContext'
const own = to(c)
const windows = (windowsOptions: object) => own({ windowsOptions })
const w = `${c}.windowsOptions`
const user = (name: string) => windows({ runAsUserName: name })
const ofContainers: Rule[] = [
  ...['runAsUser', 'runAsGroup'].flatMap((name) => range(`${c}.${name}`, 0, 2147483647)),
  rule(
    `${c}.procMount`,
    notSupported,
    '"Default", "Unmasked"',
    own({ procMount: 'Default' }),
    own({ procMount: 'Bare' }),
  ),
  rule(
    `${c}.procMount`,
    invalid,
    '`hostUsers` must be false to use `Unmasked`',
    put({ [c]: { procMount: 'Unmasked' }, hostUsers: false }),
    own({ procMount: 'Unmasked' }),
  ),
  rule(
    c,
    invalid,
    'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    own({ privileged: true, allowPrivilegeEscalation: true }),
    own({ privileged: true, allowPrivilegeEscalation: false }),
  ),
  rule(
    c,
    invalid,
    'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    own({ capabilities: { add: ['CAP_SYS_ADMIN'] } }),
    own({ allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } }),
  ),
  rule(
    `${c}.seccompProfile.type`,
    notSupported,
    '"None"',
    own({ seccompProfile: { type: 'Unconfined' } }),
    own({ seccompProfile: { type: 'None' } }),
  ),
  rule(
    `${c}.appArmorProfile.type`,
    notSupported,
    '"None"',
    own({ appArmorProfile: { type: 'Unconfined' } }),
    own({ appArmorProfile: { type: 'None' } }),
  ),
  rule(
    `${w}.gmsaCredentialSpecName`,
    invalid,
    words.subdomain,
    windows({ gmsaCredentialSpecName: 'a.b' }),
    windows({ gmsaCredentialSpecName: 'A' }),
  ),
  rule(
    `${w}.gmsaCredentialSpec`,
    invalid,
    'gmsaCredentialSpec cannot be an empty string',
    windows({ gmsaCredentialSpec: 'a' }),
    windows({ gmsaCredentialSpec: '' }),
  ),
  rule(
    `${w}.gmsaCredentialSpec`,
    invalid,
    'gmsaCredentialSpec size must be under 64 KiB',
    windows({ gmsaCredentialSpec: 'a'.repeat(65536) }),
    windows({ gmsaCredentialSpec: 'a'.repeat(65537) }),
  ),
  rule(`${w}.runAsUserName`, invalid, 'runAsUserName cannot be an empty string', user('a'), user('')),
  rule(`${w}.runAsUserName`, invalid, 'runAsUserName cannot contain control characters', user('a b'), user('a\tb')),
  rule(
    `${w}.runAsUserName`,
    invalid,
    'runAsUserName cannot contain more than one backslash',
    user('a\\b'),
    user('a\\b\\c'),
  ),
  rule(
    `${w}.runAsUserName`,
    invalid,
    "runAsUserName's Domain length must be under 256 characters",
    user('a.b\\c'),
    user(`${'a'.repeat(256)}\\c`),
  ),
  rule(
    `${w}.runAsUserName`,
    invalid,
    "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
    user('a_b\\c'),
    user('a:b\\c'),
  ),
  rule(`${w}.runAsUserName`, invalid, "runAsUserName's User cannot be empty", user('a\\b'), user('a\\')),
  rule(
    `${w}.runAsUserName`,
    invalid,
    "runAsUserName's User length must not be longer than 104 characters",
    user('a'.repeat(104)),
    user('a'.repeat(105)),
  ),
  rule(
    `${w}.runAsUserName`,
    invalid,
    "runAsUserName's User cannot contain only periods or spaces",
    user('. a'),
    user('. .'),
  ),
  rule(
    `${w}.runAsUserName`,
    invalid,
    "runAsUserName's User cannot contain the following characters",
    user('a-b'),
    user('a@b'),
  ),
]

const hostProcess = (hostNetwork: boolean, pod?: boolean, container?: boolean) =>
  put({
    hostNetwork,
    [s]: pod === undefined ? {} : { windowsOptions: { hostProcess: pod } },
    [c]: container === undefined ? {} : { windowsOptions: { hostProcess: container } },
  })
const onWindows = (fields: object) => put({ os: { name: 'windows' }, ...fields })
const plain = onWindows({ [s]: { windowsOptions: {} } })
const notOnWindows: [string, unknown][] = [
  ['hostPID', true],
  ['hostIPC', true],
  ['hostUsers', true],
  ['shareProcessNamespace', true],
  [`${s}.appArmorProfile`, { type: 'Unconfined' }],
  [`${s}.seLinuxOptions`, {}],
  [`${s}.seccompProfile`, { type: 'Unconfined' }],
  [`${s}.fsGroup`, 1],
  [`${s}.fsGroupChangePolicy`, 'Always'],
  [`${s}.sysctls`, [{ name: 'a', value: '' }]],
  [`${s}.runAsUser`, 1],
  [`${s}.runAsGroup`, 1],
  [`${s}.supplementalGroups`, [1]],
  [`${s}.supplementalGroupsPolicy`, 'Merge'],
  [`${s}.seLinuxChangePolicy`, 'Recursive'],
  [`${c}.appArmorProfile`, { type: 'Unconfined' }],
  [`${c}.seLinuxOptions`, {}],
  [`${c}.seccompProfile`, { type: 'Unconfined' }],
  [`${c}.capabilities`, {}],
  [`${c}.readOnlyRootFilesystem`, true],
  [`${c}.privileged`, true],
  [`${c}.allowPrivilegeEscalation`, true],
  [`${c}.procMount`, 'Default'],
  [`${c}.runAsUser`, 1],
  [`${c}.runAsGroup`, 1],
]
const noUsers = (fields: object) => put({ hostUsers: false, ...fields })
const systems: Rule[] = [
  rule(
    `${c}.windowsOptions.hostProcess`,
    invalid,
    'pod hostProcess value must be identical if both are specified, was true',
    hostProcess(true, true, true),
    hostProcess(true, true, false),
  ),
  rule(
    'hostNetwork',
    invalid,
    'hostNetwork must be true if pod contains any hostProcess containers',
    hostProcess(true, true),
    hostProcess(false, true),
  ),
  rule(
    `${s}.windowsOptions`,
    forbidden,
    'windows options cannot be set for a linux pod',
    put({ os: { name: 'linux' } }),
    put({ os: { name: 'linux' }, [s]: { windowsOptions: {} } }),
  ),
  rule(
    `${c}.windowsOptions`,
    forbidden,
    'windows options cannot be set for a linux pod',
    put({ os: { name: 'linux' } }),
    put({ os: { name: 'linux' }, [c]: { windowsOptions: {} } }),
  ),
  ...notOnWindows.map(([path, value]) =>
    rule(path, forbidden, 'cannot be set for a windows pod', plain, onWindows({ [path]: value })),
  ),
  rule('hostNetwork', forbidden, 'when `pod.Spec.HostUsers` is false', noUsers({}), noUsers({ hostNetwork: true })),
  rule('HostPID', forbidden, 'when `pod.Spec.HostUsers` is false', noUsers({}), noUsers({ hostPID: true })),
  rule('HostIPC', forbidden, 'when `pod.Spec.HostUsers` is false', noUsers({}), noUsers({ hostIPC: true })),
]

export const securityRules: Rule[] = [...identity, ...ofContainers, ...systems]
