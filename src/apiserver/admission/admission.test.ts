import { expect, test } from 'vitest'
import { fakeContext, through } from '../../../test/support/fake-objects.ts'
import {
  LimitRanges,
  Namespaces,
  Nodes,
  PersistentVolumeClaims,
  type Pod,
  type PodSpec,
  Pods,
  ResourceQuotas,
  ServiceAccounts,
} from '../../api/core/v1/index.ts'
import { RuntimeClasses } from '../../api/node/v1/index.ts'
import { ResourceSlices } from '../../api/resource/v1/index.ts'
import { PriorityClasses } from '../../api/scheduling/v1/index.ts'
import { StorageClasses } from '../../api/storage/v1/index.ts'
import { claimResize } from './claim-resize.ts'
import {
  defaultStorageClass,
  defaultTolerationSeconds,
  runtimeClass,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from './defaults.ts'
import { admissionPlugins } from './index.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { serviceAccount } from './service-account.ts'

const namespace = 'shop'
const pod = (spec: Partial<PodSpec> = {}, metadata = {}): Pod => ({
  metadata: { name: 'web', namespace, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})
const withResources = (requests?: Record<string, string>, limits?: Record<string, string>) =>
  pod({ containers: [{ name: 'c', image: 'i', resources: { requests, limits } }] })
const shop = [Namespaces, { metadata: { name: namespace }, status: { phase: 'Active' } }] as const

test('nothing is made in namespaces that are missing or going', async () => {
  const { context } = fakeContext([
    Namespaces,
    { metadata: { name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ])
  await expect(through(namespaceLifecycle, context, Pods, pod())).rejects.toThrow('namespaces "shop" not found')
  const error = await through(namespaceLifecycle, context, Pods, pod({}, { namespace: 'going' })).catch((e) => e)
  expect(error.message).toBe(
    'pods "web" is forbidden: unable to create new content in namespace going because it is being terminated',
  )
  expect(error.status.details.causes).toEqual([
    { reason: 'NamespaceTerminating', message: 'namespace going is being terminated', field: 'metadata.namespace' },
  ])
})

test.each(['default', 'kube-system', 'kube-public'])('%s cannot be deleted', async (name) => {
  const { context } = fakeContext()
  const deletion = through(namespaceLifecycle, context, Namespaces, { metadata: { name } }, { operation: 'DELETE' })
  await expect(deletion).rejects.toThrow(`namespaces "${name}" is forbidden: this namespace may not be deleted`)
})

test('a pod gets the default account, its token and its pull secrets', async () => {
  const account = { metadata: { name: 'default', namespace }, imagePullSecrets: [{ name: 'registry' }] }
  const { context } = fakeContext([...shop], [ServiceAccounts, account])
  const { spec } = await through(serviceAccount, context, Pods, pod())
  expect(spec).toMatchObject({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    imagePullSecrets: [{ name: 'registry' }],
  })
  const [volume] = spec?.volumes ?? []
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/)
  expect(volume?.projected?.sources?.[0]).toEqual({ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } })
  expect(spec?.containers[0]?.volumeMounts).toEqual([
    { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ])
})

test('the default account is there for a pod that is faster than its controller; others are not', async () => {
  const { context } = fakeContext([...shop])
  expect((await through(serviceAccount, context, Pods, pod())).spec?.serviceAccountName).toBe('default')
  expect(await context.objects.get(ServiceAccounts, { name: 'default', namespace })).toBeDefined()
  await expect(through(serviceAccount, context, Pods, pod({ serviceAccountName: 'bot' }))).rejects.toThrow(
    'pods "web" is forbidden: error looking up service account shop/bot: serviceaccount "bot" not found',
  )
})

test('no token where the pod or its account wants none, or a container has a mount there', async () => {
  const account = { metadata: { name: 'default', namespace }, automountServiceAccountToken: false }
  const { context } = fakeContext([...shop], [ServiceAccounts, account])
  expect((await through(serviceAccount, context, Pods, pod())).spec?.volumes).toBeUndefined()
  const mounted = pod({
    automountServiceAccountToken: true,
    containers: [
      { name: 'c', volumeMounts: [{ name: 'v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] },
    ],
  })
  expect((await through(serviceAccount, context, Pods, mounted)).spec?.volumes).toBeUndefined()
})

test('priorities', async () => {
  const { context } = fakeContext(
    [PriorityClasses, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' } as object],
    [PriorityClasses, { metadata: { name: 'normal' }, value: 5, globalDefault: true } as object],
  )
  const spec = async (given: Partial<PodSpec>) => (await through(priority, context, Pods, pod(given))).spec
  expect(await spec({})).toMatchObject({
    priority: 5,
    priorityClassName: 'normal',
    preemptionPolicy: 'PreemptLowerPriority',
  })
  expect(await spec({ priorityClassName: 'high' })).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' })
  expect(await spec({ priorityClassName: 'system-node-critical' })).toMatchObject({ priority: 2000001000 })
  await expect(spec({ priorityClassName: 'x' })).rejects.toThrow('no PriorityClass with name x was found')
  await expect(spec({ priority: 7 })).rejects.toThrow(
    'the integer value of priority (7) must not be provided in pod spec',
  )
  const second = { metadata: { name: 'other' }, value: 1, globalDefault: true }
  await expect(through(priority, context, PriorityClasses, second)).rejects.toThrow(
    'PriorityClass normal is already marked as default. Only one default can exist',
  )
})

test('what is filled in', async () => {
  const { context } = fakeContext(
    [StorageClasses, { metadata: { name: 'slow' } }],
    [
      StorageClasses,
      { metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
    ],
    [
      RuntimeClasses,
      {
        metadata: { name: 'vm' },
        overhead: { podFixed: { cpu: '250m' } },
        scheduling: { nodeSelector: { vm: 'yes' } },
      } as object,
    ],
  )
  const tolerant = await through(defaultTolerationSeconds, context, Pods, pod())
  expect(tolerant.spec?.tolerations?.map((t) => `${t.key} ${t.effect} ${t.tolerationSeconds}`)).toEqual([
    'node.kubernetes.io/not-ready NoExecute 300',
    'node.kubernetes.io/unreachable NoExecute 300',
  ])
  expect(
    (await through(defaultTolerationSeconds, context, Pods, pod({ tolerations: [{ operator: 'Exists' }] }))).spec
      ?.tolerations,
  ).toHaveLength(1)
  expect((await through(taintNodesByCondition, context, Nodes, { metadata: { name: 'n' } })).spec?.taints).toEqual([
    { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
  ])
  const claim = { metadata: { name: 'data', namespace }, spec: {} }
  expect((await through(defaultStorageClass, context, PersistentVolumeClaims, claim)).spec?.storageClassName).toBe(
    'fast',
  )
  expect(
    (await through(storageObjectInUseProtection, context, PersistentVolumeClaims, claim)).metadata?.finalizers,
  ).toEqual(['kubernetes.io/pvc-protection'])
  expect((await through(runtimeClass, context, Pods, pod({ runtimeClassName: 'vm' }))).spec).toMatchObject({
    overhead: { cpu: '250m' },
    nodeSelector: { vm: 'yes' },
  })
  await expect(through(runtimeClass, context, Pods, pod({ runtimeClassName: 'x' }))).rejects.toThrow(
    'pod rejected: RuntimeClass "x" not found',
  )
})

const limits = (item: object) =>
  [LimitRanges, { metadata: { name: 'l', namespace }, spec: { limits: [item] } }] as const

test('LimitRanges fill in what containers leave out', async () => {
  const item = { type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m', memory: '64Mi' } }
  const { context } = fakeContext([...limits(item)])
  const admitted = await through(limitRanger, context, Pods, pod())
  expect(admitted.spec?.containers[0]?.resources).toEqual({
    limits: { cpu: '1' },
    requests: { cpu: '100m', memory: '64Mi' },
  })
  expect(admitted.metadata?.annotations?.['kubernetes.io/limit-ranger']).toBe(
    'LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c',
  )
})

test.each([
  [
    { type: 'Container', min: { cpu: '100m' } },
    withResources({ cpu: '50m' }),
    'minimum cpu usage per Container is 100m, but request is 50m',
  ],
  [
    { type: 'Container', min: { cpu: '100m' } },
    pod(),
    'minimum cpu usage per Container is 100m.  No request is specified',
  ],
  [
    { type: 'Container', max: { cpu: '1' } },
    withResources({}, { cpu: '2' }),
    'maximum cpu usage per Container is 1, but limit is 2',
  ],
  [
    { type: 'Pod', max: { memory: '1Gi' } },
    withResources({}, { memory: '2Gi' }),
    'maximum memory usage per Pod is 1Gi, but limit is 2Gi',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    withResources({ cpu: '1' }, { cpu: '4' }),
    'cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
  ],
])('a LimitRange %j refuses', async (item, given, why) => {
  const { context } = fakeContext([...limits(item)])
  await expect(through(limitRanger, context, Pods, given)).rejects.toThrow(`pods "web" is forbidden: ${why}`)
})

const quota = (hard: Record<string, string>, used: Record<string, string>, spec = {}) =>
  [ResourceQuotas, { metadata: { name: 'q', namespace }, spec: { hard, ...spec }, status: { hard, used } }] as const
const usedOf = async (context: ReturnType<typeof fakeContext>['context']) =>
  (await context.objects.get(ResourceQuotas, { name: 'q', namespace }))?.status.used

test('a quota is charged, and refuses when it is used up', async () => {
  const { context } = fakeContext([...quota({ pods: '2', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '0' })])
  await through(resourceQuota, context, Pods, withResources({ cpu: '600m' }))
  expect(await usedOf(context)).toEqual({ pods: '1', 'requests.cpu': '600m' })
  await expect(through(resourceQuota, context, Pods, withResources({ cpu: '500m' }))).rejects.toThrow(
    'pods "web" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  )
  await expect(through(resourceQuota, context, Pods, pod())).rejects.toThrow(
    'failed quota: q: must specify requests.cpu for: c',
  )
  await through(resourceQuota, { ...context, dryRun: true }, Pods, withResources({ cpu: '100m' }))
  expect(await usedOf(context)).toEqual({ pods: '1', 'requests.cpu': '600m' })
})

test('a quota with a scope counts only what is in it', async () => {
  const { context } = fakeContext([...quota({ pods: '0' }, { pods: '0' }, { scopes: ['NotBestEffort'] })])
  await through(resourceQuota, context, Pods, pod())
  await expect(through(resourceQuota, context, Pods, withResources({ cpu: '1' }))).rejects.toThrow('exceeded quota: q')
})

test('a node agent keeps to its node', async () => {
  const { context } = fakeContext()
  const node = { ...context, user: { name: 'system:node:n1', groups: ['system:nodes'] } }
  const other = { metadata: { name: 'n2' } }
  await expect(through(nodeRestriction, node, Nodes, other)).rejects.toThrow(
    'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
  )
  const labelled = {
    metadata: { name: 'n1', labels: { 'node-restriction.kubernetes.io/x': '1', 'kubernetes.io/os': 'linux' } },
  }
  await expect(through(nodeRestriction, node, Nodes, labelled)).rejects.toThrow(
    'is not allowed to set the following labels: node-restriction.kubernetes.io/x',
  )
  await expect(through(nodeRestriction, node, Pods, pod())).rejects.toThrow('node "n1" can only create mirror pods')
  const status = { operation: 'UPDATE', subresource: 'status', old: pod({ nodeName: 'n1' }) } as const
  await through(nodeRestriction, node, Pods, pod({ nodeName: 'n1' }), status)
  await through(nodeRestriction, context, Pods, pod())
})

test('a node agent changes nothing of its pods that gives it more', async () => {
  const elsewhere = { ...pod({ nodeName: 'n2' }), metadata: { name: 'far', namespace } }
  const here = { ...pod({ nodeName: 'n1' }), metadata: { name: 'near', namespace } }
  const { context } = fakeContext([Pods, elsewhere], [Pods, here])
  const node = { ...context, user: { name: 'system:node:n1', groups: ['system:nodes'] } }
  const evict = (name: string) =>
    through(nodeRestriction, node, Pods, { metadata: { name, namespace } }, { subresource: 'eviction' })
  await evict('near')
  await expect(evict('far')).rejects.toThrow('node "n1" can only evict pods with spec.nodeName set to itself')
  const status = { operation: 'UPDATE', subresource: 'status', old: here } as const
  const labelled = { ...here, metadata: { ...here.metadata, labels: { app: 'db' } } }
  await expect(through(nodeRestriction, node, Pods, labelled, status)).rejects.toThrow(
    'cannot update labels through pod status',
  )
  const claiming = { ...here, status: { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'theirs' }] } }
  await expect(through(nodeRestriction, node, Pods, claiming, status)).rejects.toThrow(
    'cannot update resource claim statuses',
  )
  const extended = { resourceClaimName: 'theirs', requestMappings: [] }
  await expect(
    through(nodeRestriction, node, Pods, { ...here, status: { extendedResourceClaimStatus: extended } }, status),
  ).rejects.toThrow('cannot update extended resource claim status')
  const binding = { subresource: 'binding' } as const
  await expect(through(nodeRestriction, node, Pods, here, binding)).rejects.toThrow('unexpected pod subresource')
})

test('a mirror pod refers to nothing', async () => {
  const { context } = fakeContext()
  const node = { ...context, user: { name: 'system:node:n1', groups: ['system:nodes'] } }
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: true }
  const mirror = (spec: object) => ({
    metadata: {
      name: 'p',
      namespace,
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      ownerReferences: [owner],
    },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...spec },
  })
  await through(nodeRestriction, node, Pods, mirror({}))
  const secretKeyRef = { name: 's', key: 'k' }
  for (const spec of [
    { containers: [{ name: 'c', image: 'i', env: [{ name: 'E', valueFrom: { secretKeyRef } }] }] },
    { containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'm' } }] }] },
    { imagePullSecrets: [{ name: 's' }] },
    { volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } }] },
    { resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }] },
    { serviceAccountName: 'default' },
  ])
    await expect(through(nodeRestriction, node, Pods, mirror(spec))).rejects.toThrow(
      'can not create pods that reference',
    )
})

test('a node agent offers its own devices only', async () => {
  const { context } = fakeContext()
  const node = { ...context, user: { name: 'system:node:n1', groups: ['system:nodes'] } }
  const slice = (nodeName?: string) => ({
    metadata: { name: 's' },
    spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, ...(nodeName && { nodeName }) },
  })
  await through(nodeRestriction, node, ResourceSlices, slice('n1'))
  for (const name of ['n2', undefined])
    await expect(through(nodeRestriction, node, ResourceSlices, slice(name))).rejects.toThrow(
      'can only create ResourceSlice with the same NodeName as the requesting node',
    )
})

test('plugins can be chosen by name', () => {
  const names = (options?: Parameters<typeof admissionPlugins>[0]) => admissionPlugins(options).map((p) => p.name)
  expect(names()).toContain('NodeRestriction')
  expect(names().at(-1)).toBe('ResourceQuota')
  expect(names({ disable: ['Priority'] })).not.toContain('Priority')
  expect(() => names({ enable: ['Nonsense'] })).toThrow('unknown admission plugin "Nonsense"')
})

test('a claim grows where its class lets it', async () => {
  const { context } = fakeContext(
    [StorageClasses, { metadata: { name: 'fixed' } }],
    [StorageClasses, { metadata: { name: 'elastic' }, allowVolumeExpansion: true } as object],
  )
  const claim = (storage: string, storageClassName: string, phase = 'Bound') => ({
    metadata: { name: 'data', namespace },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  })
  const grow = (storageClass: string, phase?: string) =>
    through(claimResize, context, PersistentVolumeClaims, claim('2Gi', storageClass, phase), {
      operation: 'UPDATE',
      old: claim('1Gi', storageClass, phase),
    })
  await grow('elastic')
  await expect(grow('fixed')).rejects.toThrow('the storageclass that provisions the pvc must support resize')
  await expect(grow('elastic', 'Pending')).rejects.toThrow('Only bound persistent volume claims can be expanded')
})
