import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  to,
  words,
} from '../rule.ts'

/** Rules of how much containers and pods ask for; paths start at the spec. */

const c = 'containers[0]'
const res = to(`${c}.resources`)
const r = `${c}.resources`
const claim = (claims: object[]) =>
  put({
    resourceClaims: [
      { name: 'a', resourceClaimName: 'x' },
      { name: 'b', resourceClaimTemplateName: 'y' },
    ],
    [`${r}.claims`]: claims,
  })
const podClaim = (fields: object) => put({ resourceClaims: [{ name: 'a', ...fields }] })
const resources: Rule[] = [
  rule(
    `${r}.limits[gpu]`,
    invalid,
    'must be a standard resource type or fully qualified',
    res({ limits: { 'example.com/gpu': '1' } }),
    res({ limits: { gpu: '1' } }),
  ),
  rule(
    `${r}.limits[pods]`,
    invalid,
    'must be a standard resource for containers',
    res({ limits: { 'hugepages-2Mi': '2Mi', cpu: '1' } }),
    res({ limits: { pods: '1' } }),
  ),
  rule(
    `${r}.requests[storage]`,
    invalid,
    'must be a standard resource for containers',
    res({ requests: { 'ephemeral-storage': '1' } }),
    res({ requests: { storage: '1' } }),
  ),
  rule(
    `${r}.limits[a b]`,
    invalid,
    words.qualified,
    res({ limits: { 'a.b/c': '1' } }),
    res({ limits: { 'a b': '1' } }),
  ),
  rule(
    `${r}.limits[requests.example.com/a]`,
    invalid,
    "doesn't follow extended resource name standard",
    res({ limits: { 'example.com/a': '1' } }),
    res({ limits: { 'requests.example.com/a': '1' } }),
  ),
  rule(`${r}.limits[cpu]`, invalid, words.negative, res({ limits: { cpu: '0' } }), res({ limits: { cpu: '-1' } })),
  rule(
    `${r}.requests[memory]`,
    invalid,
    words.negative,
    res({ requests: { memory: '0' } }),
    res({ requests: { memory: '-1Ki' } }),
  ),
  rule(
    `${r}.limits[example.com/a]`,
    invalid,
    'must be an integer',
    res({ limits: { 'example.com/a': '1000m' } }),
    res({ limits: { 'example.com/a': '500m' } }),
  ),
  rule(
    `${r}.requests`,
    invalid,
    'must be less than or equal to cpu limit of 1',
    res({ limits: { cpu: '1' }, requests: { cpu: '1000m' } }),
    res({ limits: { cpu: '1' }, requests: { cpu: '1001m' } }),
  ),
  rule(
    `${r}.requests`,
    invalid,
    'must be equal to example.com/a limit of 2',
    res({ limits: { 'example.com/a': '2' } }),
    res({ limits: { 'example.com/a': '2' }, requests: { 'example.com/a': '1' } }),
  ),
  rule(
    `${r}.limits`,
    required,
    'Limit must be set for non overcommitable resources',
    res({ limits: { 'example.com/a': '2' } }),
    res({ requests: { 'example.com/a': '1' } }),
  ),
  rule(
    `${r}`,
    forbidden,
    'HugePages require cpu or memory',
    res({ limits: { 'hugepages-2Mi': '2Mi', memory: '1Gi' } }),
    res({ limits: { 'hugepages-2Mi': '2Mi' } }),
  ),
  rule(
    `${r}.limits[hugepages-2Mi]`,
    invalid,
    '3Mi is not positive integer multiple of hugepages-2Mi',
    res({ limits: { 'hugepages-2Mi': '4Mi', memory: '1Gi' } }),
    res({ limits: { 'hugepages-2Mi': '3Mi', memory: '1Gi' } }),
  ),
  rule(`${r}.claims[0]`, required, '', claim([{ name: 'a' }]), claim([{ name: '' }])),
  rule(
    `${r}.claims[1]`,
    duplicate,
    '"a"',
    claim([{ name: 'a' }, { name: 'b' }]),
    claim([{ name: 'a' }, { name: 'a' }]),
  ),
  rule(
    `${r}.claims[1]`,
    duplicate,
    '"a/r"',
    claim([
      { name: 'a', request: 'q' },
      { name: 'a', request: 'r' },
    ]),
    claim([
      { name: 'a', request: 'r' },
      { name: 'a', request: 'r' },
    ]),
  ),
  rule(
    `${r}.claims[1]`,
    duplicate,
    '"a"',
    claim([{ name: 'a', request: 'q' }, { name: 'b' }]),
    claim([{ name: 'a', request: 'r' }, { name: 'a' }]),
  ),
  rule(
    `${r}.claims[0].request`,
    invalid,
    words.label,
    claim([{ name: 'a', request: 'r' }]),
    claim([{ name: 'a', request: 'R' }]),
  ),
  rule(
    `${r}.claims[0]`,
    notFound,
    'must be one of the names in pod.spec.resourceClaims: a, b',
    claim([{ name: 'b' }]),
    claim([{ name: 'z' }]),
  ),
  rule(
    `${r}.claims[0]`,
    notFound,
    'must be one of the names in pod.spec.resourceClaims which is empty',
    claim([{ name: 'a' }]),
    res({ claims: [{ name: 'a' }] }),
  ),
  rule(
    'resourceClaims[0].name',
    required,
    '',
    podClaim({ resourceClaimName: 'x' }),
    podClaim({ name: '', resourceClaimName: 'x' }),
  ),
  rule(
    'resourceClaims[0].name',
    invalid,
    words.label,
    podClaim({ resourceClaimName: 'x' }),
    podClaim({ name: 'A', resourceClaimName: 'x' }),
  ),
  rule(
    'resourceClaims[0]',
    invalid,
    'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    podClaim({ resourceClaimName: 'x' }),
    podClaim({ resourceClaimName: 'x', resourceClaimTemplateName: 'x' }),
  ),
  rule(
    'resourceClaims[0]',
    invalid,
    'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    podClaim({ resourceClaimTemplateName: 'x' }),
    podClaim({}),
  ),
  rule(
    'resourceClaims[0].resourceClaimName',
    invalid,
    words.subdomain,
    podClaim({ resourceClaimName: 'x.y' }),
    podClaim({ resourceClaimName: 'X' }),
  ),
  rule(
    'resourceClaims[0].resourceClaimTemplateName',
    invalid,
    words.subdomain,
    podClaim({ resourceClaimTemplateName: 'x.y' }),
    podClaim({ resourceClaimTemplateName: 'X' }),
  ),
  rule(
    'resourceClaims[1].name',
    duplicate,
    '"a"',
    podClaim({ resourceClaimName: 'x' }),
    put({ resourceClaims: Array(2).fill({ name: 'a', resourceClaimName: 'x' }) }),
  ),
]

const resize = (list: object[], more: object = {}) => put({ [`${c}.resizePolicy`]: list, ...more })
const cpu = { resourceName: 'cpu', restartPolicy: 'NotRequired' }
const resizing: Rule[] = [
  rule(
    `${c}.resizePolicy[1]`,
    duplicate,
    '"cpu"',
    resize([cpu, { ...cpu, resourceName: 'memory' }]),
    resize([cpu, cpu]),
  ),
  rule(`${c}.resizePolicy`, required, '', resize([cpu]), resize([{ ...cpu, resourceName: '' }])),
  rule(`${c}.resizePolicy`, required, '', resize([cpu]), resize([{ ...cpu, restartPolicy: '' }])),
  rule(`${c}.resizePolicy`, notSupported, '"cpu", "memory"', resize([cpu]), resize([{ ...cpu, resourceName: 'pods' }])),
  rule(
    `${c}.resizePolicy`,
    notSupported,
    '"NotRequired", "RestartContainer"',
    resize([{ ...cpu, restartPolicy: 'RestartContainer' }]),
    resize([{ ...cpu, restartPolicy: 'Perhaps' }]),
  ),
]

const pod = (fields: object, more: object = {}) => put({ resources: fields, ...more })
const podLevel: Rule[] = [
  rule(
    'resources.limits[example.com/a]',
    notSupported,
    '"cpu", ',
    pod({ limits: { cpu: '1' } }),
    pod({ limits: { 'example.com/a': '1' } }),
  ),
  rule(
    'resources.claims',
    forbidden,
    'claims cannot be set for Resources at pod-level',
    pod({ limits: { cpu: '1' } }),
    pod({ claims: [{ name: 'a' }] }, { resourceClaims: [{ name: 'a', resourceClaimName: 'x' }] }),
  ),
  rule(
    'resources.requests[cpu]',
    invalid,
    'must be greater than or equal to aggregate container requests of 2',
    pod({ requests: { cpu: '2' } }, { [`${c}.resources`]: { requests: { cpu: '2' } } }),
    pod({ requests: { cpu: '1' } }, { [`${c}.resources`]: { requests: { cpu: '2' } } }),
  ),
  rule(
    'resources.requests',
    invalid,
    'must be less than or equal to cpu limit of 1',
    pod({ requests: { cpu: '1' }, limits: { cpu: '1' } }),
    pod({ requests: { cpu: '2' }, limits: { cpu: '1' } }),
  ),
]

export const resourceRules: Rule[] = [...resources, ...resizing, ...podLevel]
