import { expect, test } from 'vitest'
import { podYaml, problems, updateProblems } from '../../../../test/support/golden.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

test('pods that are fine', () => {
  expect(problems(podYaml())).toEqual([])
  expect(
    problems(
      podYaml(
        `ports: [{containerPort: 80, name: http, hostPort: 8080}], env: [{name: A, value: b}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: L, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}],
         envFrom: [{configMapRef: {name: cm}}], resources: {requests: {cpu: 100m, memory: 1Gi, example.com/gpu: 1}, limits: {cpu: 1, example.com/gpu: 1}},
         readinessProbe: {httpGet: {port: http}}, livenessProbe: {exec: {command: [ls]}}, lifecycle: {preStop: {sleep: {seconds: 1}}},
         volumeMounts: [{name: v, mountPath: /v, subPath: a/b}], securityContext: {runAsUser: 0, capabilities: {add: [NET_ADMIN]}}`,
        `volumes: [{name: v, emptyDir: {}}, {name: p, projected: {sources: [{serviceAccountToken: {path: token}}]}}],
         serviceAccountName: default, initContainers: [{name: i, image: x}, {name: side, image: x, restartPolicy: Always, readinessProbe: {tcpSocket: {port: 1}}}],
         tolerations: [{operator: Exists}, {key: a, value: b, effect: NoExecute, tolerationSeconds: 5}],
         topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}],
         affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [n1]}]}]}}}`,
      ),
    ),
  ).toEqual([])
})

const c = 'spec.containers[0]'

test.each<[string, string, string[]]>([
  // Containers
  ['', 'containers: []', ['spec.containers: Required value']],
  [
    'imagePullPolicy: Sometimes',
    '',
    [`${c}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`],
  ],
  ['ports: [{containerPort: 0}]', '', [`${c}.ports[0].containerPort: Required value`]],
  [
    'ports: [{containerPort: 70000}]',
    '',
    [`${c}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`],
  ],
  [
    'ports: [{containerPort: 80, protocol: HTTP}]',
    '',
    [`${c}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"`],
  ],
  [
    'ports: [{containerPort: 80, name: a}, {containerPort: 81, name: a}]',
    '',
    [`${c}.ports[1].name: Duplicate value: "a"`],
  ],
  [
    'ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]',
    '',
    [`${c}.ports[1].hostPort: Duplicate value: "TCP//80"`],
  ],
  [
    'ports: [{containerPort: 80, hostPort: 81}]',
    'hostNetwork: true',
    [`${c}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`],
  ],
  // Environment
  ['env: [{name: ""}]', '', [`${c}.env[0].name: Required value`]],
  [
    'env: [{name: "a=b"}]',
    '',
    [
      `${c}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
  ],
  [
    'env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]',
    '',
    [`${c}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
  ],
  [
    'env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.x}}}]',
    '',
    [
      `${c}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`,
    ],
  ],
  [
    'env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: "a b"}}}]',
    '',
    [
      `${c}.env[0].valueFrom.secretKeyRef.key: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    ],
  ],
  ['envFrom: [{}]', '', [`${c}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``]],
  // Volumes and mounts
  ['volumeMounts: [{name: v, mountPath: /v}]', '', [`${c}.volumeMounts[0].name: Not found: "v"`]],
  [
    'volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /v}]',
    'volumes: [{name: v, emptyDir: {}}]',
    [`${c}.volumeMounts[1].mountPath: Invalid value: "/v": must be unique`],
  ],
  [
    'volumeMounts: [{name: v, mountPath: /v, subPath: ../x}]',
    'volumes: [{name: v, emptyDir: {}}]',
    [`${c}.volumeMounts.subPath: Invalid value: "../x": must not contain '..'`],
  ],
  // An emptyDir by default.
  ['', 'volumes: [{name: v}]', []],
  [
    '',
    'volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]',
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  ['', 'volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]', ['spec.volumes[1].name: Duplicate value: "v"']],
  ['', 'volumes: [{name: v, secret: {}}]', ['spec.volumes[0].secret.secretName: Required value']],
  [
    '',
    'volumes: [{name: v, configMap: {name: c, defaultMode: 1000}}]',
    [
      'spec.volumes[0].configMap.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  ],
  ['', 'volumes: [{name: V_1, emptyDir: {}}]', [`spec.volumes[0].name: Invalid value: "V_1": ${label}`]],
  // Probes
  ['livenessProbe: {}', '', [`${c}.livenessProbe: Required value: must specify a handler type`]],
  [
    'livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}',
    '',
    [`${c}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
  ],
  [
    'livenessProbe: {exec: {command: [a]}, successThreshold: 2}',
    '',
    [`${c}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
  ],
  [
    'readinessProbe: {httpGet: {port: 0}}',
    '',
    [`${c}.readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`],
  ],
  [
    'readinessProbe: {exec: {command: [a]}, periodSeconds: -1}',
    '',
    [`${c}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
  ],
  [
    '',
    'initContainers: [{name: i, image: x, readinessProbe: {exec: {command: [a]}}}]',
    [
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  ['', 'initContainers: [{name: c, image: x}]', ['spec.initContainers[0].name: Duplicate value: "c"']],
  // Resources
  [
    'resources: {requests: {cpu: 2}, limits: {cpu: 1}}',
    '',
    [`${c}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
  ],
  [
    'resources: {limits: {memory: -1}}',
    '',
    [
      `${c}.resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      `${c}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
    ],
  ],
  [
    'resources: {requests: {example.com/gpu: 1}}',
    '',
    [`${c}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
  ],
  [
    'resources: {limits: {disk: 1}}',
    '',
    [
      `${c}.resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified`,
      `${c}.resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers`,
      `${c}.resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified`,
      `${c}.resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers`,
    ],
  ],
  // Security
  [
    'securityContext: {runAsUser: -1}',
    '',
    [`${c}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`],
  ],
  [
    'securityContext: {seccompProfile: {type: Localhost}}',
    '',
    [
      `${c}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
    ],
  ],
  // The pod as a whole
  [
    '',
    'restartPolicy: Sometimes',
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  ],
  ['', 'dnsPolicy: None', ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
  [
    '',
    'activeDeadlineSeconds: 0',
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    '',
    'tolerations: [{value: x}]',
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    '',
    'tolerations: [{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 1}]',
    [
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    '',
    'topologySpreadConstraints: [{maxSkew: 0, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]',
    ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
  ],
  [
    '',
    'affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}',
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
  [
    '',
    'affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: {topologyKey: z}}]}}',
    [
      'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
    ],
  ],
  [
    '',
    'hostAliases: [{ip: 1.2.3}]',
    ['spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
])('%s %s', (container, spec, errors) => {
  const yaml = spec.startsWith('containers')
    ? `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {${spec}}}`
    : podYaml(container, spec)
  expect(problems(yaml)).toEqual(errors)
})

test('container names and images', () => {
  const pod = (container: string) =>
    problems(`{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [${container}]}}`)
  expect(pod('{name: "", image: ""}')).toEqual([`${c}.name: Required value`, `${c}.image: Required value`])
  expect(pod('{name: A_b, image: i}')).toEqual([`${c}.name: Invalid value: "A_b": ${label}`])
})

test('what may change about a pod', () => {
  const before = podYaml('', 'tolerations: [{operator: Exists}], activeDeadlineSeconds: 60')
  const after = (container: string, spec: string) => updateProblems(before, podYaml(container, spec))
  const kept = 'tolerations: [{operator: Exists}], activeDeadlineSeconds: 60'
  expect(updateProblems(before, before.replace('image: i', 'image: j'))).toEqual([])
  expect(after('', 'tolerations: [{operator: Exists}, {key: a, operator: Exists}], activeDeadlineSeconds: 30')).toEqual(
    [],
  )
  expect(after('', 'tolerations: [{operator: Exists}], activeDeadlineSeconds: 90')).toEqual([
    'spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value',
  ])
  expect(after('', 'activeDeadlineSeconds: 60')).toEqual([
    'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  ])
  const [why] = after('command: [x]', kept)
  expect(why).toContain('spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`')
  expect(updateProblems(before, podYaml('', `${kept}, initContainers: [{name: i, image: x}]`))).toEqual([
    'spec.initContainers: Forbidden: pod updates may not add or remove containers',
  ])
})
