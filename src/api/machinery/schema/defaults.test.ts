import { expect, test } from 'vitest'
import { Deployment, StatefulSet } from '../../apps/v1/index.ts'
import { HorizontalPodAutoscaler } from '../../autoscaling/v2/index.ts'
import { CronJob, Job } from '../../batch/v1/index.ts'
import { pullPolicyOf } from '../../core/pull-policy.ts'
import { LimitRange, Namespace, Pod, ReplicationController, Secret, Service } from '../../core/v1/index.ts'
import { NetworkPolicy } from '../../networking/v1/index.ts'
import { builtinResources } from '../../resources.ts'
import { decode } from '../decode/decode.ts'
import { applyDefaults } from './defaults.ts'
import type { Message } from './schema.ts'

const defaulted = <T>(type: Message<T>, value: unknown): T => applyDefaults(type, decode(type, value).object)

test('a pod gets what upstream gives it', () => {
  const pod = defaulted(Pod, {
    metadata: { name: 'web' },
    spec: {
      hostNetwork: true,
      serviceAccountName: 'robot',
      volumes: [
        { name: 'scratch' },
        { name: 'conf', configMap: { name: 'c' } },
        { name: 'host', hostPath: { path: '/' } },
      ],
      containers: [
        {
          name: 'a',
          image: 'nginx',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1' } },
          livenessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
          env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        },
      ],
    },
  })
  expect(pod).toEqual({
    metadata: { name: 'web' },
    status: {},
    spec: {
      hostNetwork: true,
      serviceAccountName: 'robot',
      serviceAccount: 'robot',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      securityContext: {},
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'conf', configMap: { name: 'c', defaultMode: 420 } },
        { name: 'host', hostPath: { path: '/', type: '' } },
      ],
      containers: [
        {
          name: 'a',
          image: 'nginx',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
          resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
          livenessProbe: {
            httpGet: { port: 80, path: '/', scheme: 'HTTP' },
            periodSeconds: 3,
            timeoutSeconds: 1,
            successThreshold: 1,
            failureThreshold: 3,
          },
          env: [{ name: 'IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } }],
        },
      ],
    },
  })
})

test('a surge of zero is not the default', () => {
  const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
  const spec = { selector: {}, template: { spec: { containers: [{ name: 'a' }] } }, strategy }
  expect(defaulted(Deployment, { spec }).spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 })
})

test('a template is not a pod: limits and host ports stay', () => {
  const spec = {
    hostNetwork: true,
    containers: [{ name: 'a', ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1 } } }],
  }
  const deployment = defaulted(Deployment, { spec: { selector: {}, template: { spec } } })
  expect(deployment.spec).toMatchObject({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  })
  expect(deployment.spec?.template.spec?.containers[0]?.ports).toEqual([{ containerPort: 80, protocol: 'TCP' }])
  expect(deployment.spec?.template.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1' } })
  expect(deployment.spec?.template.spec).not.toHaveProperty('enableServiceLinks')
})

test('Recreate has no rolling update; zero replicas stay', () => {
  const { spec } = defaulted(Deployment, { spec: { replicas: 0, strategy: { type: 'Recreate' } } })
  expect(spec?.strategy).toEqual({ type: 'Recreate' })
  expect(spec?.replicas).toBe(0)
})

test('pod-level requests follow from containers, then from limits', () => {
  const { spec } = defaulted(Pod, {
    spec: {
      resources: { limits: { cpu: '4', memory: '2Gi' } },
      containers: [
        { name: 'a', resources: { requests: { cpu: '500m' } } },
        { name: 'b', resources: { requests: { cpu: '1' } } },
      ],
    },
  })
  expect(spec?.resources?.requests).toEqual({ cpu: '1500m', memory: '2Gi' })
})

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['registry:5000/nginx', 'Always'],
  ['registry:5000/nginx:2', 'IfNotPresent'],
  ['nginx@sha256:0123', 'IfNotPresent'],
  ['', 'IfNotPresent'],
])('image %s is pulled %s', (image, policy) => {
  expect(pullPolicyOf(image)).toBe(policy)
})

test('services by type', () => {
  expect(defaulted(Service, { spec: { ports: [{ port: 80 }], sessionAffinity: 'ClientIP' } }).spec).toEqual({
    type: 'ClusterIP',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    internalTrafficPolicy: 'Cluster',
    ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
  })
  const external = defaulted(Service, { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }] } }).spec
  expect(external).toMatchObject({ externalTrafficPolicy: 'Cluster', ports: [{ targetPort: 'http' }] })
  const name = defaulted(Service, { spec: { type: 'ExternalName', externalName: 'example.com' } }).spec
  expect(name).toEqual({ type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' })
})

test('controllers take their selector and labels from the template', () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } }
  const controller = defaulted(ReplicationController, { spec: { template } })
  expect(controller).toMatchObject({
    metadata: { labels: { app: 'web' } },
    spec: { selector: { app: 'web' }, replicas: 1 },
  })
  const job = defaulted(Job, { spec: { template } })
  expect(job).toMatchObject({
    metadata: { labels: { app: 'web' } },
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, podReplacementPolicy: 'TerminatingOrFailed' },
  })
  const cron = defaulted(CronJob, { spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } })
  expect(cron.spec?.jobTemplate.spec).not.toHaveProperty('backoffLimit')
})

test('limits of a limit range follow from each other', () => {
  const limits = [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1', memory: '1Mi' } }]
  expect(defaulted(LimitRange, { spec: { limits } }).spec?.limits[0]).toMatchObject({
    default: { cpu: '2' },
    defaultRequest: { cpu: '2', memory: '1Mi' },
  })
})

test('the rest', () => {
  expect(defaulted(Namespace, { metadata: { name: 'a' } })).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'a' } },
    status: { phase: 'Active' },
  })
  expect(defaulted(Secret, { stringData: { a: 'ü' } })).toEqual({ metadata: {}, type: 'Opaque', data: { a: 'w7w=' } })
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }
  expect(defaulted(StatefulSet, { spec: { volumeClaimTemplates: [claim] } }).spec).toMatchObject({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    volumeClaimTemplates: [{ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }],
  })
  expect(
    defaulted(HorizontalPodAutoscaler, { spec: { behavior: { scaleUp: { selectPolicy: 'Min' } } } }).spec,
  ).toMatchObject({
    minReplicas: 1,
    metrics: [{ type: 'Resource' }],
    behavior: { scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 0 }, scaleDown: { selectPolicy: 'Max' } },
  })
  expect(defaulted(NetworkPolicy, { spec: { podSelector: {}, egress: [{}] } }).spec?.policyTypes).toEqual([
    'Ingress',
    'Egress',
  ])
})

test('an empty object of every kind can be filled, and twice is once', () => {
  for (const { type } of builtinResources) {
    const once = defaulted(type, { spec: {} })
    expect(applyDefaults(type, structuredClone(once)), type.name).toEqual(once)
  }
})
