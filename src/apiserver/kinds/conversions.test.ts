import { expect, test } from 'vitest'
import { definitionOf } from '../../../test/support/fake-objects.ts'
import { type HorizontalPodAutoscaler, HorizontalPodAutoscalers } from '../../api/autoscaling/v2/index.ts'
import { type Event, Events } from '../../api/core/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'

const metadata = {
  name: 'x',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

function versions(type: ResourceType) {
  const [other] = definitionOf(type).otherVersions ?? []
  if (!other) throw new Error(`${type.resource} has one version only`)
  return other
}

test('an event is the same in both groups', () => {
  const event: Stored<Event> = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { kind: 'Pod', name: 'web' },
    reason: 'Started',
    message: 'Started container',
    source: { component: 'kubelet' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:05Z',
    count: 2,
    type: 'Normal',
    reportingComponent: 'kubelet',
  }
  const { encode, decode } = versions(Events)
  const there = encode(event as Stored<KubeObject>)
  expect(there).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    regarding: { kind: 'Pod', name: 'web' },
    note: 'Started container',
    reportingController: 'kubelet',
    deprecatedCount: 2,
  })
  expect(decode(there)).toEqual(event)
})

test('an autoscaler loses nothing on its way through version 1', () => {
  const autoscaler: Stored<HorizontalPodAutoscaler> = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, annotations: { mine: 'kept' } },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
    status: { currentReplicas: 2, desiredReplicas: 3 },
  }
  const { encode, decode } = versions(HorizontalPodAutoscalers)
  const there = encode(autoscaler as Stored<KubeObject>)
  expect(there).toMatchObject({
    apiVersion: 'autoscaling/v1',
    spec: { targetCPUUtilizationPercentage: 80, maxReplicas: 5 },
  })
  expect(decode(there)).toEqual(autoscaler)
})

test('annotations that are no JSON are as if they were not there', () => {
  const { decode } = versions(HorizontalPodAutoscalers)
  const broken = {
    metadata: { ...metadata, annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '{' } },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 2 },
  }
  expect(decode(broken)).toMatchObject({ spec: { maxReplicas: 2 } })
})
