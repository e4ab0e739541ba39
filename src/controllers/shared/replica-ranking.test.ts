import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { podsToDelete } from './replica-ranking.ts'

const now = Date.parse('2026-01-02T00:00:00Z')
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()

interface Facts {
  node?: string
  phase?: string
  ready?: number
  cost?: string
  restarts?: number
  age?: number
}

function pod(name: string, { node, phase = 'Running', ready, cost, restarts = 0, age = 1000 }: Facts): Stored<Pod> {
  const status = { name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: ago(age),
      ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: {
      phase,
      containerStatuses: [status],
      ...(ready !== undefined && { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }] }),
    },
  }
}

/** Ordered from the first to go to the last. */
const order: Stored<Pod>[] = [
  pod('no-node', { phase: 'Pending' }),
  pod('pending', { node: 'a', phase: 'Pending' }),
  pod('unknown', { node: 'a', phase: 'Unknown' }),
  pod('not-ready', { node: 'a' }),
  pod('cheap', { node: 'b', ready: 500, cost: '-5' }),
  pod('crowded', { node: 'a', ready: 500, cost: 'nonsense' }),
  pod('fresh', { node: 'b', ready: 10 }),
  pod('restarted', { node: 'b', ready: 500, restarts: 3 }),
  pod('young', { node: 'b', ready: 500, age: 600 }),
  pod('settled', { node: 'b', ready: 500, age: 6000 }),
  pod('dear', { node: 'b', ready: 500, cost: '7' }),
]
const crowd = Array.from({ length: 9 }, (_, i) => pod(`crowd${i}`, { node: 'a' }))

test('the least important pods go first, in any order of input', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(order, { minLength: order.length }), fc.nat(order.length), (pods, count) => {
      const chosen = podsToDelete(pods, [...order, ...crowd], count, now).map(({ metadata }) => metadata.name)
      expect(chosen.sort()).toEqual(
        order
          .slice(0, count)
          .map(({ metadata }) => metadata.name)
          .sort(),
      )
    }),
  )
})
