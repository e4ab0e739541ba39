import { expect, test } from 'vitest'
import { problems, updateProblems } from '../../../test/support/golden.ts'

const template = '{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}'
const apps = (kind: string, spec: string) =>
  `{apiVersion: apps/v1, kind: ${kind}, metadata: {name: x}, spec: {${spec}}}`
const selected = `selector: {matchLabels: {app: a}}, template: ${template}`
const core = (kind: string, rest: string) => `{apiVersion: v1, kind: ${kind}, metadata: {name: x}, ${rest}}`
const service = (spec: string) => core('Service', `spec: {${spec}}`)
const ports = 'ports: [{port: 80}]'
const of = (group: string, kind: string, rest: string, name = 'x') =>
  `{apiVersion: ${group}, kind: ${kind}, metadata: {name: ${name}}, ${rest}}`
const job = (spec: string) => of('batch/v1', 'Job', `spec: {${spec}}`)
const jobTemplate = 'template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}'
const cron = (schedule: string) =>
  of('batch/v1', 'CronJob', `spec: {schedule: "${schedule}", jobTemplate: {spec: {${jobTemplate}}}}`)

test.each<[string, string[]]>([
  // Workloads
  [apps('Deployment', selected), []],
  [apps('StatefulSet', `${selected}, serviceName: s`), []],
  [apps('DaemonSet', selected), []],
  [core('ReplicationController', `spec: {selector: {app: a}, template: ${template}}`), []],
  [
    apps('Deployment', `template: ${template}`),
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
  ],
  [
    apps('Deployment', `selector: {}, template: ${template}`),
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    apps('ReplicaSet', `selector: {matchLabels: {app: b}}, template: ${template}`),
    ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
  ],
  [
    apps('Deployment', `replicas: -1, ${selected}`),
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    apps('Deployment', `strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 0%}}, ${selected}`),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
  ],
  [
    apps('Deployment', `strategy: {rollingUpdate: {maxUnavailable: 101%}}, ${selected}`),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    apps('Deployment', `strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}, ${selected}`),
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    apps('Deployment', `minReadySeconds: 600, ${selected}`),
    ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
  ],
  [
    apps('Deployment', selected.replace('spec: {containers', 'spec: {restartPolicy: Never, containers')),
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    apps('Deployment', selected.replace('image: i', 'image: i, ports: [{containerPort: 0}]')),
    ['spec.template.spec.containers[0].ports[0].containerPort: Required value'],
  ],
  [
    apps('Deployment', selected.replace('labels: {app: a}', 'labels: {app: a, "b c": d}')),
    [
      `spec.template.labels: Invalid value: "b c": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [job(jobTemplate), []],
  [
    job('template: {spec: {containers: [{name: c, image: i}]}}'),
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    job(`completionMode: Indexed, parallelism: 2, ${jobTemplate}`),
    ['spec.completions: Required value: when completion mode is Indexed'],
  ],
  [cron('*/5 0-6 1,15 jan-mar mon-fri'), []],
  [cron('@daily'), []],
  [cron('* * *'), ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']],
  [cron('60 * * * *'), ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60']],
  [
    cron('TZ=UTC 0 * * * *'),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  [
    cron('0 * * * *').replace('schedule:', 'timeZone: Mars/Olympus, schedule:'),
    ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
  ],
  // Services
  [service(ports), []],
  [service('clusterIP: None'), []],
  [service('type: ExternalName, externalName: example.com'), []],
  [service('type: NodePort, ports: [{port: 80, nodePort: 30080}]'), []],
  [service(''), ['spec.ports: Required value']],
  [
    service('ports: [{port: 80}, {port: 81}]'),
    ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  ],
  [
    service('ports: [{port: 80, name: a}, {port: 80, name: b}]'),
    ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
  ],
  [
    service('ports: [{port: 0}]'),
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    service('ports: [{port: 80, nodePort: 30000}]'),
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    service(`type: Cluster, ${ports}`),
    [
      'spec.type: Unsupported value: "Cluster": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [service('type: ExternalName'), ['spec.externalName: Required value']],
  [
    service(`type: NodePort, clusterIP: None, ${ports}`),
    ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
  ],
  [
    service(`externalIPs: [127.0.0.1], ${ports}`),
    ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  [core('Endpoints', 'subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}]}]'), []],
  [
    core('Endpoints', 'subsets: [{ports: [{port: 80}]}]'),
    ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  ],
  [
    of('discovery.k8s.io/v1', 'EndpointSlice', 'addressType: IPv4, endpoints: [{addresses: ["::2"]}], ports: []'),
    ['endpoints[0].addresses[0]: Invalid value: "::2": must be an IPv4 address'],
  ],
  // Configuration
  [core('ConfigMap', 'data: {a.b: c}, binaryData: {d: YQ==}'), []],
  [
    core('ConfigMap', 'data: {a: b}, binaryData: {a: YQ==}'),
    ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  [core('ConfigMap', 'data: {"..a": b}'), ['data[..a]: Invalid value: "..a": must not start with \'..\'']],
  [core('Secret', 'type: kubernetes.io/tls, data: {tls.crt: ""}'), ['data[tls.key]: Required value']],
  [
    core('Secret', 'type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: YQ==}'),
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character in JSON'],
  ],
  // Storage
  [core('PersistentVolumeClaim', 'spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}'), []],
  [
    core('PersistentVolumeClaim', 'spec: {}'),
    ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
  ],
  [
    core('PersistentVolume', 'spec: {capacity: {storage: 1Gi}, accessModes: [Some], hostPath: {path: /x}}'),
    [
      'spec.accessModes: Unsupported value: "Some": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
  ],
  // Policy
  [
    of('policy/v1', 'PodDisruptionBudget', 'spec: {minAvailable: 1, maxUnavailable: 1}'),
    ['spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set'],
  ],
  [
    of(
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      'spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, minReplicas: 3, maxReplicas: 2}',
    ),
    ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
  ],
  [
    of('scheduling.k8s.io/v1', 'PriorityClass', 'value: 2000000000'),
    ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
  [
    of('networking.k8s.io/v1', 'Ingress', 'spec: {}'),
    ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    of(
      'networking.k8s.io/v1',
      'Ingress',
      'spec: {rules: [{host: a.b, http: {paths: [{path: x, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]}',
    ),
    ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
  ],
  [
    of(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      'spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}',
    ),
    ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`'],
  ],
  [
    of('rbac.authorization.k8s.io/v1', 'Role', 'rules: [{apiGroups: [""], resources: [pods]}]'),
    ['rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
  [
    of(
      'rbac.authorization.k8s.io/v1',
      'ClusterRoleBinding',
      'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}, subjects: [{kind: ServiceAccount, name: s}]',
    ),
    ['subjects[0].namespace: Required value'],
  ],
  [
    of(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      'spec: {group: a.io, scope: Namespaced, names: {plural: foos, kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}',
      'foos.a.io',
    ),
    [],
  ],
  [
    of(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      'spec: {group: a.io, scope: Namespaced, names: {plural: foos, kind: Foo}, versions: []}',
    ),
    [
      'spec.versions: Invalid value: []: must have exactly one version marked as storage version',
      'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
    ],
  ],
])('%s', (yaml, errors) => {
  expect(problems(yaml)).toEqual(errors)
})

test.each<[string, string, string[]]>([
  [
    apps('Deployment', selected),
    apps('Deployment', selected.replaceAll('app: a', 'app: b')),
    ['spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable'],
  ],
  [apps('StatefulSet', selected), apps('StatefulSet', `replicas: 3, ${selected}`), []],
  [
    apps('StatefulSet', selected),
    apps('StatefulSet', `serviceName: other, ${selected}`),
    [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ],
  [
    core('ConfigMap', 'immutable: true, data: {a: b}'),
    core('ConfigMap', 'immutable: true, data: {a: c}'),
    ['data: Forbidden: field is immutable when `immutable` is set'],
  ],
  [core('Secret', 'type: a'), core('Secret', 'type: b'), ['type: Invalid value: "b": field is immutable']],
  [
    job(jobTemplate),
    job(jobTemplate.replace('image: i', 'image: j')),
    [expect.stringContaining('spec.template: Invalid value') as unknown as string],
  ],
  [
    job(`suspend: true, ${jobTemplate}`),
    job(`suspend: false, ${jobTemplate.replace('spec: {', 'spec: {nodeSelector: {a: b}, ')}`),
    [],
  ],
  [
    service(`clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ${ports}`),
    service(`clusterIP: 10.0.0.2, clusterIPs: [10.0.0.2], ${ports}`),
    ['spec.clusterIPs[0]: Invalid value: "10.0.0.2": may not change once set'],
  ],
  [
    of('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'roleRef: {kind: ClusterRole, name: a}'),
    of('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'roleRef: {kind: ClusterRole, name: b}'),
    [
      'roleRef: Invalid value: {"kind":"ClusterRole","name":"b","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ],
  ],
])('from %s to %s', (before, after, errors) => {
  expect(updateProblems(before, after)).toEqual(errors)
})
