import { describe, expect, test } from 'vitest'
import { fakeContext, through } from '../../../../test/support/fake-objects.ts'
import { fakeOutbound } from '../../../../test/support/fake-outbound.ts'
import type { AccessAttributes } from '../../../api/access.ts'
import {
  ConfigMaps,
  type Event,
  Events,
  Namespaces,
  Nodes,
  type Pod,
  type PodSpec,
  Pods,
  type Service,
  Services,
} from '../../../api/core/v1/index.ts'
import { admissionConfiguration, type Files } from '../configuration.ts'
import { admissionPlugins } from '../index.ts'
import { podTopologyLabels } from '../pod-topology-labels.ts'
import { alwaysDeny } from './always.ts'
import { alwaysPullImages } from './always-pull-images.ts'
import { limitPodHardAntiAffinityTopology } from './anti-affinity.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { eventRateLimit } from './event-rate-limit.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { imagePolicyWebhook } from './image-policy.ts'
import { namespaceAutoProvision, namespaceExists } from './namespaces.ts'
import { ownerReferencesPermissionEnforcement } from './owner-references.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podTolerationRestriction } from './pod-toleration-restriction.ts'

const namespace = 'shop'
const pod = (spec: Partial<PodSpec> = {}, metadata = {}): Pod => ({
  metadata: { name: 'web', namespace, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})
const shop = (annotations = {}) => [Namespaces, { metadata: { name: namespace, annotations } }] as const
const update = (old: Pod | Service, subresource?: string) => ({
  operation: 'UPDATE' as const,
  old,
  ...(subresource && { subresource }),
})

test('the plugins that upstream has on are on', () => {
  const names = (options?: Parameters<typeof admissionPlugins>[0]) => admissionPlugins(options).map(({ name }) => name)
  expect(names()).toEqual([
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'NodeRestriction',
    'TaintNodesByCondition',
    'PodSecurity',
    'Priority',
    'DefaultTolerationSeconds',
    'DefaultStorageClass',
    'StorageObjectInUseProtection',
    'PersistentVolumeClaimResize',
    'RuntimeClass',
    'CertificateApproval',
    'CertificateSigning',
    'CertificateSubjectRestriction',
    'DefaultIngressClass',
    'PodTopologyLabels',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionWebhook',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionWebhook',
    'ResourceQuota',
  ])
  expect(names({ enable: ['AlwaysPullImages'], disable: ['PodSecurity'] })).toContain('AlwaysPullImages')
  expect(names({ disable: ['PodSecurity'] })).not.toContain('PodSecurity')
})

test('AlwaysDeny refuses everything', async () => {
  const { context } = fakeContext()
  await expect(through(alwaysDeny, context, Pods, pod())).rejects.toThrow(
    'admission control is denying all modifications',
  )
})

test('NamespaceAutoProvision makes a namespace, NamespaceExists asks for one', async () => {
  const { context } = fakeContext()
  const map = { metadata: { name: 'a', namespace } }
  await expect(through(namespaceExists, context, ConfigMaps, map)).rejects.toThrow('namespaces "shop" not found')
  await through(namespaceAutoProvision, { ...context, dryRun: true }, ConfigMaps, map)
  expect(await context.objects.get(Namespaces, { name: namespace })).toBeUndefined()
  await through(namespaceAutoProvision, context, ConfigMaps, map)
  await through(namespaceExists, context, ConfigMaps, map)
})

test('LimitPodHardAntiAffinityTopology knows nodes only', async () => {
  const { context } = fakeContext()
  const apart = (topologyKey: string) =>
    pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } } })
  await through(limitPodHardAntiAffinityTopology, context, Pods, apart('kubernetes.io/hostname'))
  await expect(through(limitPodHardAntiAffinityTopology, context, Pods, apart('zone'))).rejects.toThrow(
    'affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  )
})

test('AlwaysPullImages pulls, unless an update brings no image', async () => {
  const { context } = fakeContext()
  const lazy = pod({ initContainers: [{ name: 'init', image: 'i', imagePullPolicy: 'Never' }] })
  const { spec } = await through(alwaysPullImages, context, Pods, lazy)
  expect([...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((c) => c.imagePullPolicy)).toEqual([
    'Always',
    'Always',
  ])
  expect(await through(alwaysPullImages, context, Pods, lazy, update(lazy))).toEqual(lazy)
  const newer = { ...lazy, spec: { ...lazy.spec, containers: [{ name: 'c', image: 'new' }] } } as Pod
  expect(
    (await through(alwaysPullImages, context, Pods, newer, update(lazy))).spec?.containers[0]?.imagePullPolicy,
  ).toBe('Always')
  await expect(alwaysPullImages.validate?.({ ...attributesOf(lazy), context })).rejects.toThrow(
    'spec.initContainers[0].imagePullPolicy: Unsupported value: "Never": supported values: "Always"',
  )
})

const attributesOf = (object: Pod) => ({
  operation: 'CREATE' as const,
  definition: { type: Pods, singular: 'pod', columns: [] } as never,
  name: 'web',
  object,
  shown: () => [],
  options: () => ({}),
  rounds: { second: false, again() {}, memory: new Map() },
  leave() {},
})

test('PodNodeSelector adds the selector of the namespace', async () => {
  const plugin = podNodeSelector({ clusterDefaultNodeSelector: 'env=dev', [namespace]: 'env=prod,disk=ssd' })
  const selected = async (annotations: object, nodeSelector?: Record<string, string>) => {
    const { context } = fakeContext([...shop(annotations)])
    return (await through(plugin, context, Pods, pod({ nodeSelector }))).spec?.nodeSelector
  }
  const key = 'scheduler.alpha.kubernetes.io/node-selector'
  expect(await selected({ [key]: 'env=prod' }, { disk: 'ssd' })).toEqual({ env: 'prod', disk: 'ssd' })
  await expect(selected({ [key]: 'env=prod' }, { env: 'test' })).rejects.toThrow(
    'pod node label selector conflicts with its namespace node label selector',
  )
  await expect(selected({})).rejects.toThrow('pod node label selector labels conflict with its namespace whitelist')
})

test('PodTolerationRestriction adds tolerations of the namespace, and allows no others', async () => {
  const prefix = 'scheduler.alpha.kubernetes.io/'
  const { context } = fakeContext([
    ...shop({
      [`${prefix}defaultTolerations`]: '[{"key":"a","operator":"Exists"}]',
      [`${prefix}tolerationsWhitelist`]:
        '[{"operator":"Exists","key":"a"},{"operator":"Exists","key":"node.kubernetes.io/memory-pressure"}]',
    }),
  ])
  const plugin = podTolerationRestriction()
  const own = { key: 'a', operator: 'Equal', value: 'x' }
  const { spec } = await through(plugin, context, Pods, pod({ tolerations: [own] }))
  expect(spec?.tolerations).toEqual([{ key: 'a', operator: 'Exists' }])
  const resources = { requests: { cpu: '1' } }
  const burstable = await through(plugin, context, Pods, pod({ containers: [{ name: 'c', image: 'i', resources }] }))
  expect(burstable.spec?.tolerations?.[1]).toMatchObject({ key: 'node.kubernetes.io/memory-pressure' })
  await expect(
    through(plugin, context, Pods, pod({ tolerations: [{ key: 'b', operator: 'Exists' }] })),
  ).rejects.toThrow('conflict with its namespace whitelist')
})

test('ExtendedResourceToleration tolerates the taints of devices', async () => {
  const { context } = fakeContext()
  const resources = { requests: { 'example.com/gpu': '1', cpu: '1', 'hugepages-2Mi': '2Mi' } }
  const { spec } = await through(
    extendedResourceToleration,
    context,
    Pods,
    pod({ containers: [{ name: 'c', image: 'i', resources }] }),
  )
  expect(spec?.tolerations).toEqual([{ key: 'example.com/gpu', operator: 'Exists' }])
})

test('DenyServiceExternalIPs lets those stay that are there', async () => {
  const { context } = fakeContext()
  const service = (...externalIPs: string[]): Service => ({ metadata: { name: 's', namespace }, spec: { externalIPs } })
  await expect(through(denyServiceExternalIPs, context, Services, service('1.1.1.1'))).rejects.toThrow(
    'Use of external IPs is denied by admission control',
  )
  await through(denyServiceExternalIPs, context, Services, service('1.1.1.1'), update(service('1.1.1.1', '2.2.2.2')))
})

test('EventRateLimit counts by namespace, user, or what an Event is about', async () => {
  const { context } = fakeContext()
  let now = 0
  const ticking = { ...context, clock: { ...context.clock, now: () => now } }
  const plugin = eventRateLimit([{ type: 'Namespace', qps: 1, burst: 2, cacheSize: 2 }])
  const event = (where = namespace): Event => ({ metadata: { name: 'e', namespace: where }, involvedObject: {} })
  const send = (where?: string) => through(plugin, ticking, Events, event(where))
  await send()
  await send()
  await expect(send()).rejects.toMatchObject({ code: 429, message: 'limit reached on type Namespace for key shop' })
  await send('other')
  now = 1000
  await send()
  await expect(send()).rejects.toThrow('limit reached')
})

test('OwnerReferencesPermissionEnforcement asks for the rights of the garbage collector', async () => {
  const { context: bare } = fakeContext()
  const asked: AccessAttributes[] = []
  let refused = ''
  const authorize = async (access: AccessAttributes) => {
    asked.push(access)
    return { allowed: access.verb !== refused }
  }
  const context = { ...bare, authorize }
  const plugin = ownerReferencesPermissionEnforcement((_, kind) => (kind === 'Pod' ? (Pods as never) : undefined))
  const owned = (kind: string) =>
    pod({}, { ownerReferences: [{ apiVersion: 'v1', kind, name: 'o', uid: 'u', blockOwnerDeletion: true }] })
  await through(plugin, context, Pods, owned('Pod'))
  expect(asked).toMatchObject([
    { verb: 'delete', resource: 'pods', namespace, name: 'web' },
    { verb: 'update', resource: 'pods', subresource: 'finalizers', namespace, name: 'o' },
  ])
  await expect(through(plugin, context, Pods, owned('Odd'))).rejects.toThrow(
    'cannot find RESTMapping for APIVersion v1 Kind Odd',
  )
  for (const [verb, message] of [
    ['delete', "cannot set an ownerRef on a resource you can't delete"],
    ['update', "a resource you can't set finalizers on"],
  ] as const) {
    refused = verb
    await expect(through(plugin, context, Pods, owned('Pod'))).rejects.toThrow(message)
  }
})

test('PodTopologyLabels tells a pod its zone', async () => {
  const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'o' }
  const { context } = fakeContext([Nodes, { metadata: { name: 'n', labels } }])
  const zone = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' }
  const binding = { metadata: { name: 'web', namespace }, target: { name: 'n' } }
  expect(
    (await through(podTopologyLabels, context, Pods, binding as unknown as Pod, { subresource: 'binding' })).metadata
      ?.labels,
  ).toEqual(zone)
  expect(
    (await through(podTopologyLabels, context, Pods, pod({ nodeName: 'n' }, { labels: { a: 'b' } }))).metadata?.labels,
  ).toEqual({ a: 'b', ...zone })
})

describe('ImagePolicyWebhook', () => {
  const policy = {
    target: { url: 'https://images.test/' },
    allowMs: 1000,
    denyMs: 1000,
    retryMs: 0,
    defaultAllow: false,
  }
  test('asks about the images of a pod, once in a while', async () => {
    let reviews = 0
    const outbound = fakeOutbound((_, review) => {
      reviews++
      const { spec } = review as { spec: { containers: { image: string }[] } }
      const isBad = spec.containers.some(({ image }) => image === 'bad')
      return { status: { allowed: !isBad, ...(isBad && { reason: 'it is bad' }) } }
    })
    const { context } = fakeContext()
    const plugin = imagePolicyWebhook(policy, outbound)
    await through(plugin, context, Pods, pod())
    await through(plugin, context, Pods, pod())
    expect(reviews).toBe(1)
    await expect(through(plugin, context, Pods, pod({ containers: [{ name: 'c', image: 'bad' }] }))).rejects.toThrow(
      'image policy webhook backend denied one or more images: it is bad',
    )
  })

  test('a webhook that is down refuses, or lets everything pass', async () => {
    const { context } = fakeContext()
    const after = (_: number, act: () => void) => {
      queueMicrotask(act)
      return () => {}
    }
    const soon = {
      ...context,
      clock: { now: () => 0, after },
    }
    const outbound = fakeOutbound(() => {
      throw new Error('down')
    })
    await expect(through(imagePolicyWebhook(policy, outbound), soon, Pods, pod())).rejects.toThrow('down')
    expect(outbound.sent).toHaveLength(5)
    await through(imagePolicyWebhook({ ...policy, defaultAllow: true }, outbound), soon, Pods, pod())
  })
})

describe('the configuration file', () => {
  const files: Files = {
    text: (path) => (path === 'limits.yaml' ? 'limits: [{type: Server, qps: 5, burst: 10}]' : ''),
    target: (path) => ({ url: `https://${path}` }),
  }
  const read = (plugins: string) =>
    admissionConfiguration(
      `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n${plugins}`,
      files,
    )

  test('configures plugins, in itself or in files beside it', () => {
    const text = `
- name: EventRateLimit
  path: limits.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline}
- name: ImagePolicyWebhook
  configuration: {imagePolicy: {kubeConfigFile: kube, allowTTL: 1, defaultAllow: true}}
- name: PodNodeSelector
  configuration: {podNodeSelectorPluginConfig: {shop: disk=ssd}}
- name: Other
`
    expect(read(text)).toMatchObject({
      EventRateLimit: [{ type: 'Server', qps: 5, burst: 10 }],
      PodSecurity: { defaults: { enforce: { level: 'baseline' }, warn: { level: 'privileged' } } },
      ImagePolicyWebhook: {
        target: { url: 'https://kube' },
        allowMs: 1000,
        denyMs: 30_000,
        retryMs: 500,
        defaultAllow: true,
      },
      PodNodeSelector: { shop: 'disk=ssd' },
    })
  })

  test('says what is wrong', () => {
    expect(() => admissionConfiguration('kind: Pod', files)).toThrow('it has to hold an AdmissionConfiguration')
    expect(() => read('- name: EventRateLimit\n  configuration: {limits: [{type: X, qps: 1, burst: 1}]}')).toThrow(
      'EventRateLimit: limits[0].type: Unsupported value: "X"',
    )
    expect(() => read('- name: ImagePolicyWebhook\n  configuration: {}')).toThrow(
      'imagePolicy.kubeConfigFile: Required value',
    )
    expect(() => admissionConfiguration('a: [', files)).toThrow()
  })
})
