import { describe, expect, test } from 'vitest'
import { fakeContext, through } from '../../../../test/support/fake-objects.ts'
import { Deployments } from '../../../api/apps/v1/index.ts'
import { type Container, Namespaces, type Pod, type PodSpec, Pods } from '../../../api/core/v1/index.ts'
import { checkedPod } from './check.ts'
import { podSecurityConfiguration } from './configuration.ts'
import { detailsOf, violationsOf } from './evaluate.ts'
import { podSecurity } from './pod-security.ts'

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'i', ...more })
const withContext = (securityContext: object, more: Partial<Container> = {}) => container({ securityContext, ...more })
const secure = withContext({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
})
const latest = Number.POSITIVE_INFINITY
const judged = (level: 'baseline' | 'restricted', spec: Partial<PodSpec>, minor = latest, annotations = {}) =>
  detailsOf(violationsOf({ level, minor }, checkedPod(annotations, { containers: [secure], ...spec })))
const two = (securityContext: object) => ({
  containers: [withContext(securityContext, { name: 'a' }), withContext(securityContext, { name: 'b' })],
})
const onlyPod = (securityContext: object) => ({ securityContext })

describe('baseline', () => {
  test('a plain pod is fine in every version', () => {
    for (let minor = 0; minor <= 36; minor++) expect(judged('baseline', { containers: [container()] }, minor)).toBe('')
  })

  test.each<[string, Partial<PodSpec>]>([
    [
      'forbidden AppArmor profile (pod and container "c" must not set AppArmor profile type to "Unconfined")',
      {
        securityContext: { appArmorProfile: { type: 'Unconfined' } },
        containers: [withContext({ appArmorProfile: { type: 'Unconfined' } })],
      },
    ],
    [
      'non-default capabilities (containers "a", "b" must not include "BPF", "NET_ADMIN" in securityContext.capabilities.add)',
      two({ capabilities: { add: ['NET_ADMIN', 'CHOWN', 'BPF'] } }),
    ],
    [
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
      { hostIPC: true, hostPID: true, hostNetwork: true },
    ],
    [
      'hostPath volumes (volume "v")',
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', emptyDir: {} },
        ],
      },
    ],
    [
      'hostPort (container "c" uses hostPorts 53, 80)',
      {
        containers: [
          container({
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 53 },
            ],
          }),
        ],
      },
    ],
    [
      'probe or lifecycle host (container "c" uses probe or lifecycle hosts "metadata", "x")',
      {
        containers: [
          container({
            livenessProbe: { httpGet: { port: 1, host: 'metadata' } },
            lifecycle: { preStop: { httpGet: { port: 1, host: 'x' } } },
          }),
        ],
      },
    ],
    ['privileged (containers "a", "b" must not set securityContext.privileged=true)', two({ privileged: true })],
    [
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
      { containers: [withContext({ procMount: 'Unmasked' })] },
    ],
    [
      'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
      {
        securityContext: { seLinuxOptions: { type: 'spc_t' } },
        containers: [withContext({ seLinuxOptions: { user: 'u', role: 'r' } })],
      },
    ],
    [
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
      {
        securityContext: { seccompProfile: { type: 'Unconfined' } },
        containers: [withContext({ seccompProfile: { type: 'Unconfined' } })],
      },
    ],
    [
      'forbidden sysctls (kernel.msgmax, net.core.somaxconn)',
      onlyPod({
        sysctls: ['kernel.msgmax', 'net.core.somaxconn', 'net.ipv4.tcp_rmem'].map((name) => ({ name, value: '1' })),
      }),
    ],
    [
      'hostProcess (pod and container "c" must not set securityContext.windowsOptions.hostProcess=true)',
      {
        securityContext: { windowsOptions: { hostProcess: true } },
        containers: [withContext({ windowsOptions: { hostProcess: true } })],
      },
    ],
  ])('%s', (message, spec) => {
    expect(judged('baseline', spec)).toBe(message)
  })

  test.each<[string, Partial<PodSpec>, [minor: number, isAllowed: boolean][]]>([
    [
      'ip_local_reserved_ports',
      onlyPod({ sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '1' }] }),
      [
        [26, false],
        [27, true],
      ],
    ],
    [
      'tcp_fin_timeout',
      onlyPod({ sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] }),
      [
        [28, false],
        [29, true],
      ],
    ],
    [
      'tcp_wmem',
      onlyPod({ sysctls: [{ name: 'net.ipv4.tcp_wmem', value: '1' }] }),
      [
        [31, false],
        [32, true],
      ],
    ],
    [
      'container_engine_t',
      onlyPod({ seLinuxOptions: { type: 'container_engine_t' } }),
      [
        [30, false],
        [31, true],
      ],
    ],
    [
      'hosts of probes',
      { containers: [container({ readinessProbe: { tcpSocket: { port: 1, host: 'h' } } })] },
      [
        [33, true],
        [34, false],
      ],
    ],
    [
      'seccomp by field',
      onlyPod({ seccompProfile: { type: 'Unconfined' } }),
      [
        [18, true],
        [19, false],
      ],
    ],
    [
      'procMount in a user namespace',
      { hostUsers: false, containers: [withContext({ procMount: 'Unmasked' })] },
      [
        [34, false],
        [35, true],
      ],
    ],
  ])('%s depends on the version', (_, spec, versions) => {
    for (const [minor, isAllowed] of versions) expect(judged('baseline', spec, minor) === '').toBe(isAllowed)
  })

  test('profiles were annotations before', () => {
    const annotations = {
      'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
      'container.seccomp.security.alpha.kubernetes.io/c': 'runtime/default',
      'container.apparmor.security.beta.kubernetes.io/c': 'unconfined',
    }
    expect(judged('baseline', {}, 18, annotations)).toBe(
      'forbidden AppArmor profile (container.apparmor.security.beta.kubernetes.io/c="unconfined"), ' +
        'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    )
  })
})

describe('restricted', () => {
  test('a pod that gives up what it does not need is fine in every version', () => {
    for (let minor = 0; minor <= 36; minor++) expect(judged('restricted', {}, minor)).toBe('')
  })

  test.each<[string, Partial<PodSpec>]>([
    [
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      { containers: [container()] },
    ],
    [
      'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
      {
        containers: [
          {
            ...secure,
            securityContext: {
              ...secure.securityContext,
              capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] },
            },
          },
        ],
      },
    ],
    [
      'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
      {
        volumes: [
          { name: 'a', nfs: { server: 's', path: '/' } },
          { name: 'b', hostPath: { path: '/' } },
          { name: 'c', secret: {} },
        ],
      },
    ],
    ['runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)', onlyPod({ runAsNonRoot: false })],
    ['runAsUser=0 (pod must not set runAsUser=0)', onlyPod({ runAsUser: 0 })],
    [
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      onlyPod({ seccompProfile: { type: 'Unconfined' } }),
    ],
    [
      'host namespaces (hostPID=true), allowPrivilegeEscalation != false (container "d" must set securityContext.allowPrivilegeEscalation=false)',
      {
        hostPID: true,
        ephemeralContainers: [
          { ...secure, name: 'd', securityContext: { ...secure.securityContext, allowPrivilegeEscalation: true } },
        ],
      },
    ],
  ])('%s', (message, spec) => {
    expect(judged('restricted', spec)).toBe(message)
  })

  test('Windows has neither capabilities nor seccomp', () => {
    const windows = { os: { name: 'windows' }, containers: [withContext({ runAsNonRoot: true })] }
    expect(judged('restricted', windows)).toBe('')
    expect(judged('restricted', windows, 24)).toContain('unrestricted capabilities')
  })

  test('root in a user namespace is nobody outside', () => {
    const spec = { hostUsers: false, securityContext: { runAsUser: 0, runAsNonRoot: false } }
    expect(judged('restricted', spec)).toBe('')
    expect(judged('restricted', spec, 34)).toContain('runAsUser=0')
  })
})

const namespace = 'shop'
const label = (labels: object) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]))
function play(labels: object, configuration?: unknown) {
  const { context, warnings } = fakeContext([Namespaces, { metadata: { name: namespace, labels: label(labels) } }])
  const annotations: Record<string, string> = {}
  const own = { ...context, annotate: (key: string, value: string) => Object.assign(annotations, { [key]: value }) }
  const plugin = podSecurity(configuration === undefined ? undefined : podSecurityConfiguration(configuration))
  return { plugin, context: own, warnings, annotations }
}
const pod = (spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name: 'web', namespace },
  spec: { containers: [container()], ...spec },
})

test('a namespace says what is enforced, audited and warned of', async () => {
  const { plugin, context, warnings, annotations } = play({
    enforce: 'baseline',
    'enforce-version': 'v1.30',
    audit: 'restricted',
    warn: 'restricted',
  })
  await expect(through(plugin, context, Pods, pod({ hostPID: true }))).rejects.toThrow(
    'pods "web" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostPID=true)',
  )
  expect(warnings).toEqual([])
  await through(plugin, context, Pods, pod())
  expect(warnings).toEqual([
    expect.stringMatching(/^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation/),
  ])
  expect(annotations).toEqual({
    'pod-security.kubernetes.io/enforce-policy': 'baseline:v1.30',
    'pod-security.kubernetes.io/audit-violations': expect.stringMatching(
      /^would violate PodSecurity "restricted:latest"/,
    ),
  })
})

test('workloads are warned of, not refused', async () => {
  const { plugin, context, warnings } = play({ enforce: 'baseline' })
  const template = { metadata: {}, spec: pod({ hostNetwork: true }).spec }
  const deployment = { metadata: { name: 'd', namespace }, spec: { selector: {}, template } }
  await through(plugin, context, Deployments, deployment)
  expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'])
})

test('only what matters is looked at again', async () => {
  const { plugin, context } = play({ enforce: 'restricted' })
  const old = pod()
  const update = (change: Pod, more: object = {}) =>
    through(plugin, context, Pods, change, { operation: 'UPDATE', old, ...more })
  await update({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } })
  await update(pod({ containers: [container({ image: 'j' })] }), { subresource: 'status' })
  await expect(update(pod({ containers: [container({ image: 'j' })] }))).rejects.toThrow('violates PodSecurity')
  const debugged = pod({ ephemeralContainers: [container({ name: 'debug' })] })
  await expect(update(debugged, { subresource: 'ephemeralcontainers' })).rejects.toThrow('containers "c", "debug" must')
})

test('the labels of a namespace must be right', async () => {
  const { plugin, context } = play({})
  const made = (labels: object) =>
    through(plugin, context, Namespaces, { metadata: { name: 'x', labels: label(labels) } })
  await expect(made({ enforce: 'strict' })).rejects.toThrow(
    'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
  )
  await expect(made({ 'warn-version': '1.3' })).rejects.toThrow('must be "latest" or "v1.x"')
  await made({ enforce: 'baseline', 'enforce-version': 'v1.99' })
})

test('a stricter label warns of the pods that are there', async () => {
  const { plugin, context, warnings } = play({})
  for (const name of ['b', 'a', 'c'])
    await context.objects.create(Pods, { ...pod({ hostPID: true }), metadata: { name, namespace } })
  await context.objects.create(Pods, { ...pod(), metadata: { name: 'fine', namespace } })
  const labels = label({ enforce: 'baseline' })
  const old = { metadata: { name: namespace } }
  await through(plugin, context, Namespaces, { metadata: { name: namespace, labels } }, { operation: 'UPDATE', old })
  expect(warnings).toEqual([
    'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 2 other pods): host namespaces',
  ])
})

test('a file gives defaults and exemptions', async () => {
  const file = (more: object) => ({
    apiVersion: 'pod-security.admission.config.k8s.io/v1',
    kind: 'PodSecurityConfiguration',
    defaults: { enforce: 'baseline', 'enforce-version': 'latest' },
    ...more,
  })
  const bad = pod({ hostPID: true })
  const plain = play({}, file({}))
  await expect(through(plain.plugin, plain.context, Pods, bad)).rejects.toThrow(
    'violates PodSecurity "baseline:latest"',
  )
  for (const [exemptions, why] of [
    [{ namespaces: [namespace] }, 'namespace'],
    [{ usernames: ['alice'] }, 'user'],
    [{ runtimeClasses: ['vm'] }, 'runtimeClass'],
  ] as const) {
    const { plugin, context, annotations } = play({}, file({ exemptions }))
    await through(plugin, context, Pods, {
      ...bad,
      spec: { ...pod({ hostPID: true, runtimeClassName: 'vm' }).spec } as PodSpec,
    })
    expect(annotations['pod-security.kubernetes.io/exempt']).toBe(why)
  }
  expect(() => podSecurityConfiguration(file({ defaults: { warn: 'all' } }))).toThrow(
    'defaults.warn: Invalid value: "all"',
  )
  expect(() => podSecurityConfiguration({})).toThrow('it has to be a PodSecurityConfiguration')
})
