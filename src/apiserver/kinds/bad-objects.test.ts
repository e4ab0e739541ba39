import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import { parseYaml } from '../../api/machinery/yaml/parse-yaml.ts'

/** Bad objects over HTTP: refused with 422, each cause with its field's path in upstream's words, and nothing stored. */

let server: TestServer
let client: TestClient
beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
  await client.send('/api/v1/namespaces/default/serviceaccounts', {
    method: 'POST',
    body: { metadata: { name: 'default' } },
  })
})
afterAll(async () => {
  client.close()
  await server.close()
})

const label = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`
const subdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`

const template = '{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}'
const once = template.replace('spec: {', 'spec: {restartPolicy: Never, ')
const selector = 'selector: {matchLabels: {app: a}}'

interface Kind {
  path: string
  /** As it is right; the name is \`x\` unless it says one. */
  right: string
  /** YAML of what is put in its place, and what is wrong with that: field, reason, message. */
  wrong: [yaml: string, ...causes: [field: string, message: string][]][]
  /** Changes of the right one that are refused. */
  changes?: [yaml: string, ...causes: [field: string, message: string][]][]
}

const invalid = (value: unknown, why: string) => `Invalid value: ${JSON.stringify(value)}: ${why}`
const notSupported = (value: string, ...values: string[]) =>
  `Unsupported value: "${value}": supported values: ${values.map((v) => `"${v}"`).join(', ')}`
const required = 'Required value'
const notNegative = (value: number) => invalid(value, 'must be greater than or equal to 0')
const policies = 'Required value: valid values: "OnFailure", "Never"'
const portRange = 'must be between 1 and 65535, inclusive'
const unmatched: [string, string] = [
  'spec.template.metadata.labels',
  'Invalid value: null: `selector` does not match template `labels`',
]
const mismatch = invalid({ app: 'a' }, '`selector` does not match template `labels`')

const kinds: Record<string, Kind> = {
  Pod: {
    path: '/api/v1/namespaces/default/pods',
    right: 'spec: {containers: [{name: c, image: i}]}',
    wrong: [
      ['spec: {}', ['spec.containers', required]],
      ['spec: {containers: [{}]}', ['spec.containers[0].name', required], ['spec.containers[0].image', required]],
      ['spec: {containers: [{name: A_B, image: i}]}', ['spec.containers[0].name', invalid('A_B', label)]],
      [
        'spec: {containers: [{name: c, image: i}, {name: c, image: i}]}',
        ['spec.containers[1].name', 'Duplicate value: "c"'],
      ],
      [
        'spec: {containers: [{name: c, image: i, ports: [{containerPort: 70000}]}]}',
        ['spec.containers[0].ports[0].containerPort', invalid(70000, 'must be between 1 and 65535, inclusive')],
      ],
      [
        'spec: {containers: [{name: c, image: i, imagePullPolicy: Often}]}',
        ['spec.containers[0].imagePullPolicy', notSupported('Often', 'Always', 'IfNotPresent', 'Never')],
      ],
      [
        'spec: {containers: [{name: c, image: i, resources: {requests: {cpu: "-1"}}}]}',
        ['spec.containers[0].resources.requests[cpu]', invalid('-1', 'must be greater than or equal to 0')],
      ],
      [
        'spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]}',
        ['spec.containers[0].resources.requests', invalid('2', 'must be less than or equal to cpu limit of 1')],
      ],
      [
        'spec: {containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]}',
        ['spec.containers[0].volumeMounts[0].name', 'Not found: "v"'],
      ],
      [
        'spec: {restartPolicy: Sometimes, containers: [{name: c, image: i}]}',
        ['spec.restartPolicy', notSupported('Sometimes', 'Always', 'OnFailure', 'Never')],
      ],
      ['{metadata: {name: X}, spec: {containers: [{name: c, image: i}]}}', ['metadata.name', invalid('X', subdomain)]],
      [
        `{metadata: {name: ${'x'.repeat(254)}}, spec: {containers: [{name: c, image: i}]}}`,
        ['metadata.name', invalid('x'.repeat(254), 'must be no more than 253 characters')],
      ],
      ['{metadata: {name: x, labels: {a: "b c"}}, spec: {containers: [{name: c, image: i}]}}', ['metadata.labels', '']],
    ],
    changes: [
      ['spec: {containers: [{name: d, image: i}]}', ['spec', '']],
      ['spec: {restartPolicy: Never}', ['spec', '']],
      ['spec: {activeDeadlineSeconds: -1}', ['spec.activeDeadlineSeconds', '']],
    ],
  },
  Service: {
    path: '/api/v1/namespaces/default/services',
    right: 'spec: {ports: [{port: 80}]}',
    wrong: [
      ['spec: {}', ['spec.ports', required]],
      [
        `{metadata: {name: ${'x'.repeat(64)}}, spec: {ports: [{port: 80}]}}`,
        ['metadata.name', invalid('x'.repeat(64), 'must be no more than 63 characters')],
      ],
      [
        'spec: {ports: [{port: 0}]}',
        ['spec.ports[0].port', invalid(0, portRange)],
        ['spec.ports[0].targetPort', invalid(0, portRange)],
      ],
      [
        'spec: {ports: [{port: -1}]}',
        ['spec.ports[0].port', invalid(-1, portRange)],
        ['spec.ports[0].targetPort', invalid(-1, portRange)],
      ],
      ['spec: {ports: [{port: 1}, {port: 2}]}', ['spec.ports[0].name', required], ['spec.ports[1].name', required]],
      [
        'spec: {type: Foo, ports: [{port: 80}]}',
        ['spec.type', notSupported('Foo', 'ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort')],
      ],
      [
        'spec: {ports: [{port: 80, protocol: XDP}]}',
        ['spec.ports[0].protocol', notSupported('XDP', 'SCTP', 'TCP', 'UDP')],
      ],
      ['spec: {type: ExternalName}', ['spec.externalName', required]],
      ['spec: {clusterIP: nonsense, ports: [{port: 80}]}', ['spec.clusterIPs[0]', '']],
      ['spec: {clusterIP: 192.0.2.1, ports: [{port: 80}]}', ['spec.clusterIPs', '']],
      ['spec: {type: NodePort, ports: [{port: 80, nodePort: 80}]}', ['spec.ports[0].nodePort', '']],
      [
        'spec: {sessionAffinity: Foo, ports: [{port: 80}]}',
        ['spec.sessionAffinity', notSupported('Foo', 'ClientIP', 'None')],
      ],
      [
        'spec: {externalTrafficPolicy: Local, ports: [{port: 80}]}',
        ['spec.externalTrafficPolicy', invalid('Local', 'may only be set for externally-accessible services')],
      ],
    ],
    changes: [
      [
        'spec: {clusterIP: 10.96.1.2, clusterIPs: [10.96.1.2], ports: [{port: 80}]}',
        ['spec.clusterIPs[0]', invalid('10.96.1.2', 'may not change once set')],
      ],
    ],
  },
  ReplicationController: {
    path: '/api/v1/namespaces/default/replicationcontrollers',
    right: `spec: {selector: {app: a}, template: ${template}}`,
    wrong: [
      ['spec: {}', ['spec.selector', required], ['spec.template', required]],
      ['spec: {selector: {app: a}}', ['spec.template', required]],
      [`spec: {selector: {app: b}, template: ${template}}`, ['spec.template.metadata.labels', mismatch]],
      [`spec: {replicas: -1, selector: {app: a}, template: ${template}}`, ['spec.replicas', notNegative(-1)]],
      [
        `spec: {minReadySeconds: -1, selector: {app: a}, template: ${template}}`,
        ['spec.minReadySeconds', notNegative(-1)],
      ],
      [
        `spec: {selector: {app: a}, template: ${once}}`,
        ['spec.template.spec.restartPolicy', notSupported('Never', 'Always')],
      ],
    ],
  },
  ReplicaSet: {
    path: '/apis/apps/v1/namespaces/default/replicasets',
    right: `spec: {${selector}, template: ${template}}`,
    wrong: [
      ['spec: {}', ['spec.selector', required], unmatched, ['spec.template.spec.containers', required]],
      [
        `spec: {selector: {}, template: ${template}}`,
        ['spec.selector', invalid({}, 'empty selector is invalid for deployment')],
      ],
      [`spec: {selector: {matchLabels: {app: b}}, template: ${template}}`, ['spec.template.metadata.labels', mismatch]],
      [`spec: {replicas: -1, ${selector}, template: ${template}}`, ['spec.replicas', notNegative(-1)]],
      [
        `spec: {${selector}, template: {metadata: {labels: {app: a}}, spec: {}}}`,
        ['spec.template.spec.containers', required],
      ],
    ],
    changes: [
      [
        `spec: {selector: {matchLabels: {app: b}}, template: ${template.replace('app: a', 'app: b')}}`,
        ['spec.selector', invalid({ matchLabels: { app: 'b' } }, 'field is immutable')],
      ],
    ],
  },
  Deployment: {
    path: '/apis/apps/v1/namespaces/default/deployments',
    right: `spec: {${selector}, template: ${template}}`,
    wrong: [
      ['spec: {}', ['spec.selector', required], unmatched, ['spec.template.spec.containers', required]],
      [
        `spec: {selector: {matchExpressions: [{key: a, operator: Foo}]}, template: ${template}}`,
        ['spec.selector.matchExpressions[0].operator', invalid('Foo', 'not a valid selector operator')],
      ],
      [`spec: {replicas: -1, ${selector}, template: ${template}}`, ['spec.replicas', notNegative(-1)]],
      [
        `spec: {revisionHistoryLimit: -1, ${selector}, template: ${template}}`,
        ['spec.revisionHistoryLimit', notNegative(-1)],
      ],
      [
        `spec: {strategy: {type: Foo}, ${selector}, template: ${template}}`,
        ['spec.strategy', notSupported('Foo', 'Recreate', 'RollingUpdate')],
      ],
      [
        `spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}, ${selector}, template: ${template}}`,
        ['spec.strategy.rollingUpdate.maxUnavailable', invalid(0, 'may not be 0 when `maxSurge` is 0')],
      ],
      [
        `spec: {strategy: {rollingUpdate: {maxSurge: x}}, ${selector}, template: ${template}}`,
        ['spec.strategy.rollingUpdate.maxSurge', ''],
      ],
    ],
    changes: [
      [
        `spec: {selector: {matchLabels: {app: b}}, template: ${template.replace('app: a', 'app: b')}}`,
        ['spec.selector', invalid({ matchLabels: { app: 'b' } }, 'field is immutable')],
      ],
    ],
  },
  Job: {
    path: '/apis/batch/v1/namespaces/default/jobs',
    right: `spec: {template: ${once}}`,
    wrong: [
      ['spec: {}', ['spec.template.spec.containers', required], ['spec.template.spec.restartPolicy', policies]],
      [
        `spec: {template: ${template.replace('spec: {', 'spec: {restartPolicy: Always, ')}}`,
        ['spec.template.spec.restartPolicy', policies],
      ],
      [`spec: {parallelism: -1, template: ${once}}`, ['spec.parallelism', notNegative(-1)]],
      [`spec: {completions: -1, template: ${once}}`, ['spec.completions', notNegative(-1)]],
      [`spec: {backoffLimit: -1, template: ${once}}`, ['spec.backoffLimit', notNegative(-1)]],
      [`spec: {activeDeadlineSeconds: -1, template: ${once}}`, ['spec.activeDeadlineSeconds', notNegative(-1)]],
      [`spec: {ttlSecondsAfterFinished: -1, template: ${once}}`, ['spec.ttlSecondsAfterFinished', notNegative(-1)]],
      [
        `spec: {completionMode: Indexed, parallelism: 2, template: ${once}}`,
        ['spec.completions', 'Required value: when completion mode is Indexed'],
      ],
      [
        `spec: {completionMode: Foo, template: ${once}}`,
        ['spec.completionMode', notSupported('Foo', 'NonIndexed', 'Indexed')],
      ],
    ],
    changes: [['spec: {completions: 5}', ['spec.completions', invalid(5, 'field is immutable')]]],
  },
  CronJob: {
    path: '/apis/batch/v1/namespaces/default/cronjobs',
    right: `spec: {schedule: "* * * * *", jobTemplate: {spec: {template: ${once}}}}`,
    wrong: [
      [
        'spec: {}',
        ['spec.schedule', required],
        ['spec.jobTemplate.spec.template.spec.containers', required],
        ['spec.jobTemplate.spec.template.spec.restartPolicy', policies],
      ],
      [
        `spec: {schedule: "* * *", jobTemplate: {spec: {template: ${once}}}}`,
        ['spec.schedule', invalid('* * *', 'expected exactly 5 fields, found 3: [* * *]')],
      ],
      [
        `spec: {schedule: "@daily", timeZone: Mars/Base, jobTemplate: {spec: {template: ${once}}}}`,
        ['spec.timeZone', invalid('Mars/Base', 'unknown time zone Mars/Base')],
      ],
      [
        `spec: {schedule: "@daily", concurrencyPolicy: Foo, jobTemplate: {spec: {template: ${once}}}}`,
        ['spec.concurrencyPolicy', notSupported('Foo', 'Allow', 'Forbid', 'Replace')],
      ],
      [
        `spec: {schedule: "@daily", startingDeadlineSeconds: -1, jobTemplate: {spec: {template: ${once}}}}`,
        ['spec.startingDeadlineSeconds', notNegative(-1)],
      ],
      [
        `spec: {schedule: "@daily", failedJobsHistoryLimit: -1, jobTemplate: {spec: {template: ${once}}}}`,
        ['spec.failedJobsHistoryLimit', notNegative(-1)],
      ],
      [
        `{metadata: {name: ${'x'.repeat(53)}}, spec: {schedule: "@daily", jobTemplate: {spec: {template: ${once}}}}}`,
        ['metadata.name', invalid('x'.repeat(53), 'must be no more than 52 characters')],
      ],
    ],
  },
  ConfigMap: {
    path: '/api/v1/namespaces/default/configmaps',
    right: '{immutable: true, data: {a: b}}',
    wrong: [
      [
        '{data: {"a b": c}}',
        [
          'data[a b]',
          invalid(
            'a b',
            `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
          ),
        ],
      ],
      ['{data: {a: b}, binaryData: {a: Yg==}}', ['data[a]', invalid('a', 'duplicate of key present in binaryData')]],
      [`{data: {a: "${'x'.repeat(1024 * 1024 + 1)}"}}`, ['', 'Too long: may not be more than 1048576 bytes']],
      ['{metadata: {name: "x/y"}}', ['metadata.name', invalid('x/y', subdomain)]],
    ],
    changes: [
      ['{immutable: true, data: {a: c}}', ['data', 'Forbidden: field is immutable when `immutable` is set']],
      ['{immutable: null}', ['immutable', 'Forbidden: field is immutable when `immutable` is set']],
    ],
  },
  Secret: {
    path: '/api/v1/namespaces/default/secrets',
    right: '{type: Opaque, data: {a: Yg==}}',
    wrong: [
      ['{type: kubernetes.io/tls}', ['data[tls.crt]', required], ['data[tls.key]', required]],
      ['{type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: eA==}}', ['data[.dockerconfigjson]', '']],
      [
        '{type: kubernetes.io/service-account-token}',
        ['metadata.annotations[kubernetes.io/service-account.name]', required],
      ],
      ['{data: {"a b": ""}}', ['data[a b]', '']],
    ],
    changes: [['{type: other/type, data: {a: Yg==}}', ['type', invalid('other/type', 'field is immutable')]]],
  },
  Namespace: {
    path: '/api/v1/namespaces',
    right: '{}',
    wrong: [
      ['{metadata: {name: a.b}}', ['metadata.name', invalid('a.b', 'must not contain dots')]],
      [
        `{metadata: {name: ${'x'.repeat(64)}}}`,
        ['metadata.name', invalid('x'.repeat(64), 'must be no more than 63 characters')],
        ['metadata.labels', ''],
      ],
      [
        '{metadata: {name: x, finalizers: [foo]}}',
        [
          'metadata.finalizers[0]',
          invalid('foo', 'name is neither a standard finalizer name nor is it fully qualified'),
        ],
      ],
      [
        '{metadata: {name: x, ownerReferences: [{}]}}',
        ['metadata.ownerReferences[0].apiVersion', invalid('', 'version must not be empty')],
        ['metadata.ownerReferences[0].kind', invalid('', 'must not be empty')],
        ['metadata.ownerReferences[0].name', invalid('', 'must not be empty')],
        ['metadata.ownerReferences[0].uid', invalid('', 'must not be empty')],
      ],
    ],
  },
  Node: {
    path: '/api/v1/nodes',
    right: 'spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24], providerID: a}',
    wrong: [
      ['{metadata: {name: A}}', ['metadata.name', invalid('A', subdomain)]],
      [
        'spec: {taints: [{key: a, effect: Foo}]}',
        ['metadata.taints[0].effect', notSupported('Foo', 'NoSchedule', 'PreferNoSchedule', 'NoExecute')],
      ],
      ['spec: {taints: [{key: a}]}', ['metadata.taints[0].effect', required]],
      [
        'spec: {taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoSchedule}]}',
        [
          'metadata.taints[1]',
          'Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
        ],
      ],
      ['spec: {podCIDRs: [nonsense]}', ['spec.podCIDRs[0]', '']],
      [
        'spec: {podCIDRs: [10.0.0.0/24, 10.0.1.0/24]}',
        [
          'spec.podCIDRs',
          invalid(['10.0.0.0/24', '10.0.1.0/24'], 'may specify no more than one CIDR for each IP family'),
        ],
      ],
    ],
    changes: [
      [
        'spec: {podCIDR: 10.244.2.0/24, podCIDRs: [10.244.2.0/24], providerID: a}',
        ['spec.podCIDRs', 'Forbidden: node updates may not change podCIDR except from "" to valid'],
      ],
      [
        'spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24], providerID: b}',
        ['spec.providerID', 'Forbidden: node updates may not change providerID except from "" to valid'],
      ],
    ],
  },
  ResourceQuota: {
    path: '/api/v1/namespaces/default/resourcequotas',
    right: 'spec: {hard: {pods: 5}}',
    wrong: [
      ['spec: {hard: {pods: -1}}', ['spec.hard[pods]', invalid('-1', 'must be greater than or equal to 0')]],
      ['spec: {hard: {pods: 1.5}}', ['spec.hard[pods]', invalid('1500m', 'must be an integer')]],
      ['spec: {hard: {"a b": 1}}', ['spec.hard[a b]', ''], ['spec.hard[a b]', '']],
      [
        'spec: {hard: {nonsense: 1}}',
        ['spec.hard[nonsense]', invalid('nonsense', 'must be a standard resource type or fully qualified')],
        ['spec.hard[nonsense]', invalid('nonsense', 'must be a standard resource for quota')],
      ],
      [
        'spec: {hard: {configmaps: 1}, scopes: [BestEffort]}',
        ['spec.scopes', invalid(['BestEffort'], 'unsupported scope applied to resource')],
      ],
      ['spec: {scopes: [Foo]}', ['spec.scopes', '']],
      ['spec: {scopes: [BestEffort, NotBestEffort]}', ['spec.scopes', '']],
      [
        'spec: {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In}]}}',
        [
          'spec.scopeSelector.matchExpressions.values',
          "Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ],
      ],
    ],
    changes: [['spec: {scopes: [BestEffort]}', ['spec.scopes', invalid(['BestEffort'], 'field is immutable')]]],
  },
  LimitRange: {
    path: '/api/v1/namespaces/default/limitranges',
    right: 'spec: {limits: [{type: Pod, max: {cpu: 1}}]}',
    wrong: [
      [
        'spec: {limits: [{}]}',
        ['spec.limits[0].type', invalid('', 'name part must be non-empty')],
        ['spec.limits[0].type', ''],
      ],
      [
        'spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}]}',
        ['spec.limits[0].min[cpu]', invalid('2', 'min value 2 is greater than max value 1')],
        ['spec.limits[0].defaultRequest[cpu]', ''],
        ['spec.limits[0].default[cpu]', ''],
      ],
      [
        'spec: {limits: [{type: Pod, default: {cpu: 1}}]}',
        ['spec.limits[0].default', "Forbidden: may not be specified when `type` is 'Pod'"],
      ],
      ['spec: {limits: [{type: Pod}, {type: Pod}]}', ['spec.limits[1].type', 'Duplicate value: "Pod"']],
      [
        'spec: {limits: [{type: PersistentVolumeClaim}]}',
        [
          'spec.limits[0].limits',
          'Required value: either minimum or maximum storage value is required, but neither was provided',
        ],
      ],
      [
        'spec: {limits: [{type: Container, maxLimitRequestRatio: {cpu: 0.5}}]}',
        ['spec.limits[0].maxLimitRequestRatio[cpu]', invalid('500m', 'ratio 500m is less than 1')],
      ],
      [
        'spec: {limits: [{type: Pod, max: {nonsense: 1}}]}',
        ['spec.limits[0].max[nonsense]', invalid('nonsense', 'must be a standard resource type or fully qualified')],
        ['spec.limits[0].max[nonsense]', invalid('nonsense', 'must be a standard resource for containers')],
      ],
    ],
  },
  CustomResourceDefinition: {
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    right:
      '{metadata: {name: ws.e.io}, spec: {group: e.io, scope: Namespaced, names: {plural: ws, kind: W}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}',
    wrong: [
      [
        '{metadata: {name: ws.e.io}, spec: {group: e.io, scope: Namespaced, names: {plural: ws, kind: W}}}',
        ['spec.versions', ''],
      ],
      [
        '{metadata: {name: other.e.io}, spec: {group: e.io, scope: Namespaced, names: {plural: ws, kind: W}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}',
        ['metadata.name', invalid('other.e.io', 'must be spec.names.plural+"."+spec.group')],
      ],
      [
        '{metadata: {name: ws.e.io}, spec: {group: e.io, scope: Foo, names: {plural: ws, kind: W}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}',
        ['spec.scope', notSupported('Foo', 'Cluster', 'Namespaced')],
      ],
      [
        '{metadata: {name: ws.e.io}, spec: {group: e.io, scope: Namespaced, names: {plural: ws, kind: W}, versions: [{name: v1, served: true, storage: true}]}}',
        ['spec.versions[0].schema.openAPIV3Schema', 'Required value: schemas are required'],
      ],
    ],
    changes: [
      [
        '{metadata: {name: ws.e.io}, spec: {group: e.io, scope: Cluster, names: {plural: ws, kind: W}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}',
        ['spec.scope', invalid('Cluster', 'field is immutable')],
      ],
    ],
  },
}

type Parsed = { metadata?: { name?: string } }
const parse = (yaml: string) => (parseYaml(yaml)[0]?.value ?? {}) as Parsed
const named = (yaml: string, name: string) => {
  const value = parse(yaml)
  return { ...value, metadata: { name, ...value.metadata } }
}

/** Causes as the table has them; a message that the table leaves open is not looked at. */
function expectCauses(
  body: { details?: { causes?: { field?: string; message?: string; reason?: string }[] } },
  causes: [string, string][],
) {
  const found = body.details?.causes ?? []
  for (const cause of found) expect(cause.reason).toMatch(/^FieldValue/)
  expect(found.map(({ field = '', message = '' }, i) => [field, causes[i]?.[1] === '' ? '' : message])).toEqual(causes)
}

const cases = Object.entries(kinds)

test.each(
  cases.flatMap(([kind, { path, wrong }]) =>
    wrong.map(([yaml, ...causes]) => ({ kind, path, yaml, causes, title: yaml.slice(0, 150) })),
  ),
)('$kind $title', async ({ path, yaml, causes }) => {
  const body = named(yaml, 'x')
  const before = (await client.send(path)).body.items.length
  const answer = await client.send(path, { method: 'POST', body })
  expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 })
  expectCauses(answer.body, causes)
  expect((await client.send(path)).body.items).toHaveLength(before)
})

test.each(
  cases.flatMap(([kind, { path, right, changes = [] }]) =>
    changes.map(([yaml, ...causes]) => ({ kind, path, right, yaml, causes, title: yaml.slice(0, 150) })),
  ),
)('a $kind changed to $title', async ({ path, right, yaml, causes }) => {
  const made = await client.send(path, { method: 'POST', body: named(right, 'right') })
  expect([201, 409], made.text).toContain(made.status)
  const at = `${path}/${named(right, 'right').metadata.name}`
  const { body: before } = await client.send(at)
  const answer = await client.send(at, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: parse(yaml),
  })
  expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 })
  expectCauses(answer.body, causes)
  expect((await client.send(at)).body).toEqual(before)
})

test('the server accepts the right objects', async () => {
  for (const [kind, { path, right }] of cases) {
    const { status, text } = await client.send(`${path}?dryRun=All`, { method: 'POST', body: named(right, 'taken') })
    expect([201, 409], `${kind}: ${text}`).toContain(status)
  }
})
