import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Deployment, ReplicaSet } from '../../api/apps/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { sizeAnnotations } from './annotations.ts'
import { limitsOf, mostReplicas, nextSizeOfNew } from './limits.ts'
import type { Rollout } from './rollout.ts'
import { scaled } from './scaling.ts'
import { rollingUpdate } from './strategy.ts'

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' })
const template = { spec: { containers: [] } }

const deployment = (
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): Stored<Deployment> => ({
  metadata: meta('web'),
  spec: {
    replicas,
    selector: {},
    template,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
  },
  status: {},
})
const set = (name: string, replicas: number, of: Stored<Deployment>): Stored<ReplicaSet> => ({
  metadata: { ...meta(name), annotations: sizeAnnotations(of) },
  spec: { replicas, selector: {} },
  status: { replicas },
})

test('maxSurge rounds up, maxUnavailable rounds down, and one of them is above 0', () => {
  const limits = (replicas: number, surge: number | string, unavailable: number | string) => {
    const { maxSurge, maxUnavailable } = limitsOf(deployment(replicas, surge, unavailable))
    return [maxSurge, maxUnavailable]
  }
  expect(limits(10, '25%', '25%')).toEqual([3, 2])
  expect(limits(1, '25%', '25%')).toEqual([1, 0])
  expect(limits(10, '0%', '1%')).toEqual([0, 1])
  expect(limits(3, 0, 0)).toEqual([0, 1])
  expect(limits(2, 1, 5)).toEqual([1, 2])
  expect(limits(0, 1, 1)).toEqual([1, 0])
})

test('the new ReplicaSet takes what room there is', () => {
  const web = deployment(10, 3, 2)
  expect(nextSizeOfNew(web, [set('old', 10, web)], 0)).toBe(3)
  expect(nextSizeOfNew(web, [set('old', 6, web), set('new', 5, web)], 5)).toBe(7)
  expect(nextSizeOfNew(web, [set('old', 2, web), set('new', 8, web)], 8)).toBe(10)
  expect(nextSizeOfNew(web, [set('old', 20, web)], 0)).toBe(0)
})

test('pods that are about to go do not count as available, though the status still says so', async () => {
  const web = deployment(4, 1, 1)
  const old = { ...set('old', 2, web), status: { replicas: 3, availableReplicas: 3 } }
  const newest = { ...set('new', 3, web), status: { replicas: 3, availableReplicas: 2 } }
  const sizes: Record<string, number> = {}
  const rollout: Pick<Rollout, 'deployment' | 'newest' | 'old' | 'all' | 'ensureNewest' | 'scale'> = {
    deployment: web,
    newest,
    old: [old],
    all: [old, newest],
    ensureNewest: async () => newest,
    async scale(wanted) {
      const changed = [...wanted].filter(([one, size]) => size !== one.spec.replicas)
      for (const [one, size] of changed) sizes[one.metadata.name] = size
      return changed.length > 0
    },
  }
  await rollingUpdate(rollout as Rollout)
  // Four are available, and three have to be.
  expect(sizes).toEqual({ old: 1 })
})

test('scaling in proportion gives the allowed total, and no negative size', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(sizes, fc.nat(100), fc.nat(5), (before, replicas, surge) => {
      const was = deployment(before.reduce((a, b) => a + b, 0) - surge, surge, 1)
      fc.pre((was.spec.replicas ?? 0) > 0)
      const web = { ...deployment(replicas, surge, 1), status: { replicas: 10 } }
      const sets = before.map((size, i) => set(`rs${i}`, size, was))
      const after = [...scaled(web, sets[0], sets.slice(1)).values()]
      expect(after.every((size) => size >= 0)).toBe(true)
      const total = after.reduce((a, b) => a + b, 0)
      expect(total).toBe(replicas === 0 ? 0 : mostReplicas(web))
    }),
  )
})
