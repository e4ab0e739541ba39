import { describe, expect, test } from 'vitest'
import type { PodSpec, Service } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Image } from '../../runtime/runtime.ts'
import type { KubePod } from '../pod.ts'
import { appContainersOf } from '../pod.ts'
import { podDns } from './dns.ts'
import { containerEnv } from './env.ts'
import { expand } from './expand.ts'
import { fieldValue, resourceValue } from './fields.ts'
import { hostsFile, podHostname } from './hostname.ts'
import { qosClass } from './qos.ts'
import { containerResources, cpuShares, podLimits } from './resources.ts'
import { containerSecurity } from './security.ts'
import { serviceLinks } from './service-links.ts'

const podOf = (spec: Partial<PodSpec> = {}): KubePod => ({
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { app: 'web', tier: 'x"y' },
    annotations: { note: 'n' },
  },
  spec: { containers: [{ name: 'a' }], ...spec },
  status: {},
})
const facts = { hostIp: '10.0.0.1', podIps: ['10.244.0.5', 'fd00::5'], nodeName: 'node-1' }

test.each([
  ['$(A)-$(B)', '1-2'],
  ['$(MISSING) $A', '$(MISSING) $A'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$1'],
  ['$(A', '$(A'],
  ['$$', '$'],
  ['$(A)$(A)', '11'],
])('expand %s', (text, want) => {
  expect(expand(text, (name) => ({ A: '1', B: '2' })[name])).toBe(want)
})

test.each([
  ['metadata.name', 'web-0'],
  ['metadata.labels', 'app="web"\ntier="x\\"y"'],
  ["metadata.labels['app']", 'web'],
  ["metadata.annotations['none']", ''],
  ['status.podIPs', '10.244.0.5,fd00::5'],
  ['status.hostIP', '10.0.0.1'],
  ['spec.nodeName', 'node-1'],
])('fieldRef %s', (fieldPath, want) => expect(fieldValue(podOf(), { fieldPath }, facts)).toBe(want))

test('resourceFieldRef rounds up, and falls back to what the node has', () => {
  const c = { name: 'a', resources: { limits: { memory: '100Mi' }, requests: { cpu: '250m' } } }
  const pod = podOf({ containers: [c] })
  const value = (resource: string, divisor?: string) =>
    resourceValue(pod, { resource, ...(divisor && { divisor }) }, c, { cpu: '4' })
  expect(value('limits.memory', '1Mi')).toBe('100')
  expect(value('limits.memory')).toBe('104857600')
  expect(value('requests.cpu')).toBe('1')
  expect(value('requests.cpu', '1m')).toBe('250')
  expect(value('limits.cpu')).toBe('4')
})

describe('environment', () => {
  const objects = {
    get: async (_: unknown, __: unknown, name: string) =>
      name === 'conf' ? { metadata: {}, data: { A: 'a', B: 'b' } } : undefined,
  } as never
  const envOf = (container: Partial<PodSpec['containers'][0]>) =>
    containerEnv(podOf(), { name: 'a', ...container }, { ...facts, objects, services: [], allocatable: {} })

  test('envFrom with a prefix, then env, which sees what came before', async () => {
    const env = await envOf({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'conf' } }],
      env: [
        { name: 'X', value: '$(P_A)!' },
        { name: 'P_B', value: 'own' },
        { name: 'Y', value: '$(X)$(Z)' },
      ],
    })
    expect(Object.fromEntries(env)).toEqual({ P_A: 'a', P_B: 'own', X: 'a!', Y: 'a!$(Z)' })
  })
  test.each([
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'conf', key: 'C' } } }] },
      "couldn't find key C in ConfigMap shop/conf",
    ],
  ])('errors as upstream: %j', async (container, message) => {
    await expect(envOf(container)).rejects.toThrow(message)
  })
  test('what is optional may be missing', async () => {
    const env = await envOf({
      envFrom: [{ secretRef: { name: 'none', optional: true } }],
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'conf', key: 'C', optional: true } } }],
    })
    expect(env.size).toBe(0)
  })
})

test('service links', () => {
  const service = (
    namespace: string,
    name: string,
    clusterIP: string,
    ports: NonNullable<NonNullable<Service['spec']>['ports']>,
  ) => ({ metadata: { namespace, name }, spec: { clusterIP, ports } }) as Stored<Service>
  const services = [
    service('default', 'kubernetes', '10.96.0.1', [{ name: 'https', port: 443 }]),
    service('shop', 'redis-leader', '10.96.0.9', [{ port: 6379, protocol: 'TCP' }]),
    service('shop', 'headless', 'None', [{ port: 1 }]),
    service('other', 'x', '10.96.0.10', [{ port: 1 }]),
  ]
  const names = (enabled: boolean) =>
    Object.fromEntries(serviceLinks(services, 'shop', enabled).map((v) => [v.name, v.value]))
  expect(names(true)).toMatchObject({
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    REDIS_LEADER_SERVICE_HOST: '10.96.0.9',
    REDIS_LEADER_PORT: 'tcp://10.96.0.9:6379',
    REDIS_LEADER_PORT_6379_TCP_ADDR: '10.96.0.9',
  })
  expect(Object.keys(names(true)).some((n) => n.startsWith('HEADLESS') || n.startsWith('X_'))).toBe(false)
  expect(Object.keys(names(false)).every((n) => n.startsWith('KUBERNETES_'))).toBe(true)
})

describe('DNS', () => {
  const host = 'nameserver 1.1.1.1\nsearch corp.example\noptions timeout:1\n'
  const cluster = { dns: ['10.96.0.10'], domain: 'cluster.local' }
  const ofCluster = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example']
  test.each([
    [{}, ['10.96.0.10'], ofCluster, ['ndots:5']],
    [{ hostNetwork: true }, ['1.1.1.1'], ['corp.example'], ['timeout:1']],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, ['10.96.0.10'], ofCluster, ['ndots:5']],
    [{ dnsPolicy: 'Default' }, ['1.1.1.1'], ['corp.example'], ['timeout:1']],
    [{ dnsPolicy: 'None', dnsConfig: { nameservers: ['9.9.9.9'], searches: ['a.b'] } }, ['9.9.9.9'], ['a.b'], []],
    [
      { dnsConfig: { options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } },
      ['10.96.0.10'],
      ofCluster,
      ['ndots:2', 'edns0'],
    ],
  ])('%j', (spec, servers, searches, options) => {
    expect(podDns(podOf(spec), cluster, host)).toEqual({ servers, searches, options })
  })
})

test('host names and /etc/hosts', () => {
  expect(podHostname(podOf(), 'node', 'cluster.local')).toEqual({ hostname: 'web-0' })
  const named = podOf({ hostname: 'db', subdomain: 'sub', hostAliases: [{ ip: '1.2.3.4', hostnames: ['x', 'y'] }] })
  const name = podHostname(named, 'node', 'cluster.local')
  expect(name).toEqual({ hostname: 'db', fqdn: 'db.sub.shop.svc.cluster.local' })
  const text = hostsFile(named, ['10.244.0.5'], name, '')
  expect(text).toContain('10.244.0.5\tdb.sub.shop.svc.cluster.local\tdb\n')
  expect(text).toContain('1.2.3.4\tx\ty\n')
  expect(podHostname(podOf({ ...named.spec, setHostnameAsFQDN: true }), 'node', 'cluster.local').hostname).toBe(
    name.fqdn,
  )
  expect(podHostname(podOf({ hostNetwork: true }), 'node', 'cluster.local').hostname).toBe('node')
})

describe('resources', () => {
  const of = (limits?: Record<string, string>, requests?: Record<string, string>) =>
    podOf({ containers: [{ name: 'a', resources: { ...(limits && { limits }), ...(requests && { requests }) } }] })
  test('a status says the QoS class, else the spec does', () => {
    expect(qosClass(of(undefined, { cpu: '1m' }))).toBe('Burstable')
    expect(qosClass({ ...of(), status: { qosClass: 'Guaranteed' } })).toBe('Guaranteed')
  })

  const machine = { memoryBytes: 10 * 2 ** 30, canLowerOomScore: true }
  const resourcesOf = (pod: KubePod, more = {}) =>
    containerResources(pod, pod.spec.containers[0] ?? { name: '' }, { ...machine, ...more })
  test('shares, quota, memory, OOM score', () => {
    expect(resourcesOf(of({ cpu: '500m', memory: '64Mi' }, { cpu: '500m', memory: '64Mi' }))).toEqual({
      cpuShares: 512,
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      memoryLimitInBytes: 64 << 20,
      oomScoreAdj: -997,
    })
    expect(resourcesOf(of())).toEqual({ cpuShares: 2, oomScoreAdj: 1000 })
    expect(resourcesOf(of(undefined, { memory: '5Gi' }))).toEqual({ cpuShares: 2, oomScoreAdj: 500 })
    const guaranteed = { cpu: '1', memory: '1Gi' }
    expect(resourcesOf(of(guaranteed, guaranteed), { canLowerOomScore: false }).oomScoreAdj).toBe(0)
    expect(cpuShares(1_000_000)).toBe(262_144)
  })
  test('a pod is limited only when all of it is', () => {
    const c = (name: string, limits?: Record<string, string>) => ({ name, ...(limits && { resources: { limits } }) })
    expect(podLimits(podOf({ containers: [c('a', { memory: '1Gi' }), c('b', { memory: '2Gi' })] })).memoryBytes).toBe(
      3 * 2 ** 30,
    )
    expect(podLimits(podOf({ containers: [c('a', { memory: '1Gi' }), c('b')] })).memoryBytes).toBeUndefined()
    const limited = { containers: [c('a', { memory: '1Gi' })] }
    expect(podLimits(podOf({ ...limited, initContainers: [c('i')] })).memoryBytes).toBeUndefined()
    const own = { ...limited, resources: { limits: { memory: '2Gi' } }, overhead: { memory: '1Gi' } }
    expect(podLimits(podOf({ ...own, initContainers: [c('i')] })).memoryBytes).toBe(3 * 2 ** 30)
  })
  test('an init container runs beside the sidecars before it', () => {
    const c = (name: string, memory: string) => ({ name, resources: { limits: { memory } } })
    const initContainers = [{ ...c('s', '2Gi'), restartPolicy: 'Always' }, c('i', '3Gi')]
    expect(podLimits(podOf({ containers: [c('a', '1Gi')], initContainers })).memoryBytes).toBe(5 * 2 ** 30)
  })
})

describe('security', () => {
  const image = (more: Partial<Image>): Image => ({
    id: 'i',
    repoTags: [],
    repoDigests: [],
    sizeBytes: 1,
    username: '',
    ...more,
  })
  const contextOf = (spec: Partial<PodSpec>, img = image({})) => {
    const pod = podOf(spec)
    const [container] = appContainersOf(pod)
    if (!container) throw new Error('no container')
    return containerSecurity(pod, container, img, undefined)
  }
  test('the container over the pod, the pod over the image', () => {
    const containers = [{ name: 'a', securityContext: { runAsUser: 5 } }]
    expect(
      contextOf({ containers, securityContext: { runAsUser: 1, fsGroup: 9, supplementalGroups: [8] } }),
    ).toMatchObject({ runAsUser: 5, supplementalGroups: [8, 9] })
    expect(contextOf({ securityContext: { runAsUser: 1 } }, image({ uid: 7 }))).toMatchObject({ runAsUser: 1 })
    expect(contextOf({}, image({ uid: 7 }))).toMatchObject({ runAsUser: 7 })
    expect(contextOf({}, image({ username: 'app' }))).toMatchObject({ runAsUsername: 'app' })
  })
  test.each([
    [image({}), {}, 'image will run as root'],
    [image({ uid: 0 }), {}, 'image will run as root'],
    [image({ username: 'app' }), {}, 'image has non-numeric user (app)'],
    [image({ uid: 7 }), { runAsUser: 0 }, 'runAsUser breaks non-root policy'],
  ])('runAsNonRoot %#', (img, context, message) => {
    expect(() => contextOf({ securityContext: { runAsNonRoot: true, ...context } }, img)).toThrow(message)
  })
  test('runAsNonRoot lets others run', () => {
    expect(contextOf({ securityContext: { runAsNonRoot: true } }, image({ uid: 7 })).runAsUser).toBe(7)
  })
  test('privileged containers see all of /proc', () => {
    const containers = [{ name: 'a', securityContext: { privileged: true, capabilities: { add: ['CAP_NET_ADMIN'] } } }]
    expect(contextOf({ containers })).toMatchObject({
      privileged: true,
      maskedPaths: [],
      readonlyPaths: [],
      capabilities: { add: ['NET_ADMIN'], drop: [] },
      seccomp: { profileType: 'Unconfined' },
    })
    expect(contextOf({}).maskedPaths).toContain('/proc/kcore')
  })
})
