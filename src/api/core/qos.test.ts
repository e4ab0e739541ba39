import { expect, test } from 'vitest'
import { qosClass } from './qos.ts'
import type { PodSpec, ResourceRequirements } from './v1/index.ts'

const both = { cpu: '1', memory: '1Gi' }
const guaranteed: ResourceRequirements = { requests: both, limits: both }
const pod = (...containers: (ResourceRequirements | undefined)[]): PodSpec => ({
  containers: containers.map((resources, i) => ({ name: `c${i}`, ...(resources && { resources }) })),
})

test.each([
  ['asks for nothing', pod(undefined, {}), 'BestEffort'],
  ['asks for zero', pod({ requests: { cpu: '0' }, limits: { cpu: '0' } }), 'BestEffort'],
  ['asks for other things only', pod({ requests: { 'example.com/gpu': '1' } }), 'BestEffort'],
  ['asks for as much as it may have', pod(guaranteed, guaranteed), 'Guaranteed'],
  [
    'asks for the same in other words',
    pod({ requests: { cpu: '1000m', memory: '1024Mi' }, limits: both }),
    'Guaranteed',
  ],
  ['asks for less than it may have', pod({ requests: { ...both, cpu: '1m' }, limits: both }), 'Burstable'],
  ['asks for zero and may have more', pod({ requests: { ...both, cpu: '0' }, limits: both }), 'Burstable'],
  ['asks for memory only', pod({ requests: { memory: '1Gi' }, limits: { memory: '1Gi' } }), 'Burstable'],
  ['has a container that asks for nothing', pod(guaranteed, {}), 'Burstable'],
  ['has an init container that asks for less', { ...pod(guaranteed), initContainers: pod({}).containers }, 'Burstable'],
  ['has resources of its own', { ...pod({}), resources: guaranteed }, 'Guaranteed'],
  ['has requests of its own', { ...pod(guaranteed), resources: { requests: both } }, 'Burstable'],
  ['has empty resources of its own', { ...pod(guaranteed), resources: {} }, 'BestEffort'],
])('the class of a pod that %s', (_, spec, wanted) => {
  expect(qosClass(spec)).toBe(wanted)
})
