import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mandatory, suggested } from './defaults.ts'
import { divide, limitsOf } from './limits.ts'
import { SeatDemand, smoothed } from './seat-demand.ts'

test('the default levels share 600 seats as upstream does', () => {
  const limits = limitsOf([...mandatory.levels, ...suggested.levels], 600)
  expect(Object.fromEntries([...limits].map(([name, { nominal, least }]) => [name, [nominal, least]]))).toEqual({
    exempt: [0, 0],
    'catch-all': [13, 13],
    system: [74, 50],
    'node-high': [98, 73],
    'leader-election': [25, 25],
    'workload-high': [98, 49],
    'workload-low': [245, 24],
    'global-default': [49, 24],
  })
  expect(limits.get('system')?.most).toBe(600)
})

test('a level borrows no more than it may', () => {
  const limited = { lendablePercent: 33, borrowingLimitPercent: 50, nominalConcurrencyShares: 30 }
  const level = { metadata: { name: 'system' }, spec: { type: 'Limited', limited } }
  expect(limitsOf([level], 100).get('system')).toEqual({ nominal: 100, least: 67, most: 150 })
})

test('levels that need nothing lend to the one that does', () => {
  const idle = { least: 10, most: 100, target: 10 }
  expect(divide(100, [idle, idle, { least: 40, most: 100, target: 200 }]).map(Math.round)).toEqual([10, 10, 80])
})

test('a division respects all bounds and adds up', () => {
  const claim = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(100)).map(([least, more, extra]) => ({
    least,
    most: least + more,
    target: least + extra,
  }))
  fc.assert(
    fc.property(
      fc.array(claim, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (claims, part) => {
        const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
        const [low, high] = [sum(claims.map(({ least }) => least)), sum(claims.map(({ most }) => most))]
        const seats = low + part * (high - low)
        const parts = divide(seats, claims)
        parts.forEach((own, i) => {
          expect(own).toBeGreaterThanOrEqual((claims[i]?.least ?? 0) - 1e-6)
          expect(own).toBeLessThanOrEqual((claims[i]?.most ?? 0) + 1e-6)
        })
        expect(sum(parts)).toBeCloseTo(seats, 3)
      },
    ),
    { numRuns: 1000 },
  )
})

test('demand is averaged over time', () => {
  const demand = new SeatDemand(0)
  demand.add(10, 0)
  demand.add(-10, 5000)
  expect(demand.take(10_000)).toEqual({ average: 5, deviation: 5, highest: 10 })
  expect(demand.take(20_000)).toEqual({ average: 0, deviation: 0, highest: 0 })
  expect(smoothed(0, { average: 5, deviation: 5, highest: 10 })).toBe(10)
  expect(smoothed(10, { average: 0, deviation: 0, highest: 0 })).toBeCloseTo(9.77)
})
