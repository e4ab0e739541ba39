import { duplicate, invalid, notSupported, oneOf, put, type Rule, range, required, rule, to, words } from '../rule.ts'

/** Rules of a pod as a whole: its names and its network; paths start at the spec. */

const names: Rule[] = [
  ...oneOf('restartPolicy', ['Always']),
  rule('dnsPolicy', notSupported, '"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"', 'Default', 'Cluster'),
  ...range('activeDeadlineSeconds', 1, 2147483647),
  rule('hostname', invalid, words.label, 'h', 'H'),
  rule('hostname', invalid, 'must be no more than 63 characters', 'h'.repeat(63), 'h'.repeat(64)),
  rule('subdomain', invalid, words.label, 's', 's_'),
  rule('nodeName', invalid, words.subdomain, 'n.m', 'N'),
  rule('nodeSelector', invalid, words.qualified, { 'a.b/c': 'd' }, { 'a b': '' }),
  rule('nodeSelector', invalid, 'a valid label must be an empty string or consist of', { a: '' }, { a: 'b c' }),
  rule('os.name', required, 'cannot be empty', put({ os: { name: 'linux' } }), put({ os: { name: '' } })),
  rule('os', notSupported, '"linux", "windows"', { name: 'linux' }, { name: 'plan9' }),
  rule(
    'readinessGates[0].conditionType',
    invalid,
    words.qualified,
    to('readinessGates')([{ conditionType: 'a.b/c' }]),
    to('readinessGates')([{ conditionType: 'a b' }]),
  ),
  rule(
    'readinessGates[0].conditionType',
    invalid,
    'name part must be non-empty',
    to('readinessGates')([{ conditionType: 'a' }]),
    to('readinessGates')([{}]),
  ),
  rule(
    'schedulingGates[0]',
    invalid,
    words.qualified,
    to('schedulingGates')([{ name: 'a.b/c' }]),
    to('schedulingGates')([{ name: 'a b' }]),
  ),
  rule(
    'schedulingGates[1]',
    duplicate,
    '"a"',
    to('schedulingGates')([{ name: 'a' }, { name: 'b' }]),
    to('schedulingGates')([{ name: 'a' }, { name: 'a' }]),
  ),
]

const dns = (dnsConfig: object, dnsPolicy = 'Default') => put({ dnsConfig, dnsPolicy })
const host = (fields: object) => to('hostAliases')([{ ip: '10.0.0.1', hostnames: ['a'], ...fields }])
const network: Rule[] = [
  rule(
    'dnsConfig',
    required,
    'must provide `dnsConfig` when `dnsPolicy` is None',
    dns({ nameservers: ['10.0.0.1'] }, 'None'),
    put({ dnsPolicy: 'None' }),
  ),
  rule(
    'dnsConfig.nameservers',
    required,
    'must provide at least one DNS nameserver when `dnsPolicy` is None',
    dns({ nameservers: ['10.0.0.1'] }, 'None'),
    dns({}, 'None'),
  ),
  rule(
    'dnsConfig.nameservers',
    invalid,
    'must not have more than 3 nameservers',
    dns({ nameservers: Array(3).fill('10.0.0.1') }),
    dns({ nameservers: Array(4).fill('10.0.0.1') }),
  ),
  rule('dnsConfig.nameservers[0]', invalid, words.ip, dns({ nameservers: ['::1'] }), dns({ nameservers: ['a'] })),
  rule(
    'dnsConfig.searches',
    invalid,
    'must not have more than 32 search paths',
    dns({ searches: Array(32).fill('a') }),
    dns({ searches: Array(33).fill('a') }),
  ),
  rule(
    'dnsConfig.searches',
    invalid,
    'must not have more than 2048 characters (including spaces) in the search list',
    dns({ searches: searches(2048) }),
    dns({ searches: searches(2049) }),
  ),
  rule(
    'dnsConfig.searches[0]',
    invalid,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_'",
    dns({ searches: ['_a.b.', '.'] }),
    dns({ searches: ['a b'] }),
  ),
  rule(
    'dnsConfig.options[0]',
    required,
    'must not be empty',
    dns({ options: [{ name: 'a' }] }),
    dns({ options: [{ value: 'a' }] }),
  ),
  rule('hostAliases[0].ip', invalid, words.ip, host({}), host({ ip: 'a' })),
  rule('hostAliases[0].hostnames[0]', invalid, words.subdomain, host({}), host({ hostnames: ['A'] })),
  rule(
    'containers[0].ports[0].hostPort',
    invalid,
    'must match `containerPort` when `hostNetwork` is true',
    put({ hostNetwork: true, 'containers[0].ports': [{ containerPort: 80 }] }),
    put({ hostNetwork: true, 'containers[0].ports': [{ containerPort: 80, hostPort: 81 }] }),
  ),
]

/** Nine domains that are so many characters long, with the spaces between them. */
function searches(length: number): string[] {
  const label = 'a'.repeat(63)
  const long = `${label}.${label}.${label}.${'a'.repeat(35)}`
  const list = Array<string>(8).fill(long)
  return [...list, `${label}.${label}.${'a'.repeat(length - list.join(' ').length - 129)}`]
}

/** Of a pod, admission looks at these fields first. */
export const admittedRules: Rule[] = [
  rule('priorityClassName', invalid, words.subdomain, put({}), 'P'),
  rule('runtimeClassName', invalid, words.subdomain, put({}), 'R'),
  rule('preemptionPolicy', notSupported, '"PreemptLowerPriority", "Never"', 'PreemptLowerPriority', 'Perhaps'),
  rule('overhead.limits[cpu]', invalid, words.negative, put({}), put({ overhead: { cpu: '-1' } })),
]

export const podSpecRules: Rule[] = [...names, ...network]
