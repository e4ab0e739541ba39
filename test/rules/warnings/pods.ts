import { DaemonSets, Deployments, ReplicaSets, StatefulSets } from '../../../src/api/apps/v1/index.ts'
import { CronJobs, Jobs } from '../../../src/api/batch/v1/index.ts'
import { Pods, PodTemplates, ReplicationControllers } from '../../../src/api/core/v1/index.ts'
import type { ResourceType } from '../../../src/api/machinery/schema/package.ts'
import { type WarningTable, warns, within } from './table.ts'

const spec = { containers: [{ name: 'c', image: 'i' }] }
const metadata = { name: 'p' }

const oldLabels: [key: string, text: string][] = [
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]
const os = 'beta.kubernetes.io/os'
const useOs = 'deprecated since v1.14; use "kubernetes.io/os" instead'
const term = { matchExpressions: [{ key: os, operator: 'Exists' }] }
const no = 'a null labelSelector results in matching no pod'
const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'
const half = (at: string, value: string) => `${at}: fractional byte value "${value}" is invalid, must be an integer`
const token = { serviceAccountToken: { path: 't' } }
const same = 'has duplicated path with ServiceAccountToken "t"'
const items = [{ key: 't', path: 't' }]

const volumes: [source: string, value: object, name: string, text: string][] = [
  ['photonPersistentDisk', { pdID: 'x' }, 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', { repository: 'x' }, 'gitRepo', 'deprecated in v1.11'],
  [
    'scaleIO',
    { gateway: 'g', system: 's', volumeName: 'v', secretRef: { name: 's' } },
    'scaleIO',
    'deprecated in v1.16, non-functional in v1.22+',
  ],
  ['flocker', { datasetName: 'x' }, 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', { volumeName: 'x' }, 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', { registry: 'a:1', volume: 'x' }, 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', { endpoints: 'e', path: 'p' }, 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', { monitors: ['m'] }, 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', { monitors: ['m'], image: 'i' }, 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]

const duplicate = (index: number) => `spec.containers[0].ports[${index}]: duplicate port definition with`
const ports = 'spec.containers[0].ports'
const first = `${ports}[0]`

const ofSpec = [
  ...oldLabels.map(([key, text]) => warns(`spec.nodeSelector[${key}]`, 'x', `spec.nodeSelector[${key}]: ${text}`)),
  warns(
    `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms`,
    [term],
    `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchExpressions[0].key: ${os} is ${useOs}`,
  ),
  warns(
    `spec.affinity.nodeAffinity.${preferred}`,
    [{ weight: 1, preference: term }],
    `spec.affinity.nodeAffinity.${preferred}[0].preference.matchExpressions[0].key: ${os} is ${useOs}`,
  ),
  warns(
    'spec.topologySpreadConstraints',
    [{ maxSkew: 1, topologyKey: os, whenUnsatisfiable: 'DoNotSchedule' }],
    `spec.topologySpreadConstraints[0].topologyKey: ${os} is ${useOs}`,
    `spec.topologySpreadConstraints[0].labelSelector: ${no}`,
  ),
  ...['podAffinity', 'podAntiAffinity'].flatMap((kind) => [
    warns(
      `spec.affinity.${kind}.${required}`,
      [{ topologyKey: 'a' }],
      `spec.affinity.${kind}.${required}[0].labelSelector: ${no}`,
    ),
    warns(
      `spec.affinity.${kind}.${preferred}`,
      [{ weight: 1, podAffinityTerm: { topologyKey: 'a' } }],
      `spec.affinity.${kind}.${preferred}[0].podAffinityTerm.labelSelector: ${no}`,
    ),
  ]),
  ...volumes.map(([source, value, name, text]) =>
    warns('spec.volumes', [{ name: 'v', [source]: value }], `spec.volumes[0].${name}: ${text}`),
  ),
  warns(
    'spec.volumes',
    [
      {
        name: 'v',
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0.5' } } },
          },
        },
      },
    ],
    half('spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]', '500m'),
  ),
  warns(
    'spec.volumes',
    [{ name: 'v', projected: { sources: [token, { secret: { name: 's', items } }] } }],
    `spec.volumes[0].projected.sources.secrets[0]: ${same}`,
  ),
  warns(
    'spec.volumes',
    [{ name: 'v', projected: { sources: [{ configMap: { name: 's', items } }, token] } }],
    `spec.volumes[0].projected.sources.configMap[0]: ${same}`,
  ),
  warns(
    'spec.hostAliases',
    [
      { ip: '1.2.3.4', hostnames: ['a'] },
      { ip: '1.2.3.4', hostnames: ['b'] },
    ],
    'spec.hostAliases[1].ip: duplicate ip "1.2.3.4"',
  ),
  warns('spec.imagePullSecrets', [{ name: 'a' }, { name: 'a' }], 'spec.imagePullSecrets[1].name: duplicate name "a"'),
  warns('spec.imagePullSecrets', [{}], 'spec.imagePullSecrets[0].name: invalid empty name ""'),
  ...(['requests', 'limits'] as const).flatMap((kind) =>
    ['memory', 'ephemeral-storage'].map((name) =>
      warns(
        'spec.containers[0].resources',
        { requests: { [name]: '1' }, limits: { [name]: '2' }, [kind]: { [name]: '1.5' } },
        half(`spec.containers[0].resources.${kind}[${name}]`, '1500m'),
      ),
    ),
  ),
  warns(
    'spec.initContainers',
    [{ name: 'n', image: 'i', resources: { requests: { memory: '1.5' } } }],
    half('spec.initContainers[0].resources.requests[memory]', '1500m'),
  ),
  warns(
    'spec.containers[0].env',
    [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ),
  warns('spec.containers[0].env', [
    { name: 'A', value: '1' },
    { name: 'A', value: '$(A)2' },
  ]),
  warns(ports, [{ containerPort: 80 }, { containerPort: 80 }], `${duplicate(1)} ${first}`),
  warns(
    ports,
    [{ containerPort: 80 }, { containerPort: 80, hostPort: 81 }],
    `spec.containers[0].ports[1]: overlapping port definition with ${first}`,
  ),
  warns(
    ports,
    [
      { containerPort: 80, hostPort: 81 },
      { containerPort: 80, hostPort: 81, hostIP: '1.2.3.4' },
    ],
    `spec.containers[0].ports[1]: dangerously ambiguous port definition with ${first}`,
  ),
  warns(ports, [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]),
  warns(
    ports,
    [{ containerPort: 80, hostIP: '1.2.3.4' }],
    `${first}: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}`,
  ),
  warns(
    'spec.terminationGracePeriodSeconds',
    -1,
    'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
  ),
  ...(
    [
      [
        'scheduler.alpha.kubernetes.io/critical-pod',
        'x',
        'non-functional in v1.16+; use the "priorityClassName" field instead',
      ],
      ['security.alpha.kubernetes.io/sysctls', 'x', 'non-functional in v1.11+; use the "sysctls" field instead'],
      ['security.alpha.kubernetes.io/unsafe-sysctls', 'x', 'non-functional in v1.11+; use the "sysctls" field instead'],
      [
        'seccomp.security.alpha.kubernetes.io/pod',
        'runtime/default',
        'non-functional in v1.27+; use the "seccompProfile" field instead',
      ],
      [
        'container.seccomp.security.alpha.kubernetes.io/c',
        'runtime/default',
        'non-functional in v1.27+; use the "seccompProfile" field instead',
      ],
      [
        'container.apparmor.security.beta.kubernetes.io/c',
        'runtime/default',
        'deprecated since v1.30; use the "appArmorProfile" field instead',
      ],
    ] as const
  ).map(([key, value, text]) => warns(`metadata.annotations[${key}]`, value, `metadata.annotations[${key}]: ${text}`)),
]

const labels = { a: 'b' }
const template = { metadata: { labels }, spec }
const selector = { matchLabels: labels }
const job = { template: { spec: { ...spec, restartPolicy: 'Never' } } }
const surprising =
  'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]'
const named = warns('metadata.name', 'p.q', surprising)
const manyIndexes =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail'

const ofTemplate = (prefix: string) => within(prefix, ofSpec)
const workload = (resource: ResourceType, spec: object, ...more: WarningTable['cases']): WarningTable => ({
  resource,
  base: { metadata, spec } as WarningTable['base'],
  cases: [...ofTemplate('spec.template.'), ...more],
})
const many = {
  ...job,
  completionMode: 'Indexed',
  completions: 100_001,
  parallelism: 10_001,
}

export const podWarningTables: WarningTable[] = [
  { resource: Pods, base: { metadata, spec } as WarningTable['base'], cases: ofSpec },
  { resource: PodTemplates, base: { metadata, template } as WarningTable['base'], cases: ofTemplate('template.') },
  workload(ReplicationControllers, { selector: labels, template }, named),
  workload(ReplicaSets, { selector, template }, named),
  workload(Deployments, { selector, template }, named),
  workload(DaemonSets, { selector, template }),
  workload(
    StatefulSets,
    { serviceName: 's', selector, template },
    warns(
      'spec.volumeClaimTemplates',
      [
        {
          metadata: { name: 'v' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0.5' } } },
        },
      ],
      half('spec.volumeClaimTemplates[0].resources.requests[storage]', '500m'),
    ),
    warns(
      'spec.revisionHistoryLimit',
      -1,
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    ),
  ),
  workload(Jobs, job, named, warns('spec', many, `spec: ${manyIndexes}`)),
  {
    resource: CronJobs,
    base: { metadata, spec: { schedule: '* * * * *', jobTemplate: { spec: job } } } as WarningTable['base'],
    cases: [
      ...ofTemplate('spec.jobTemplate.spec.template.'),
      named,
      warns('spec.jobTemplate.spec', many, `spec.jobTemplate.spec: ${manyIndexes}`),
    ],
  },
]
