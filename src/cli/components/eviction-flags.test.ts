import { Command } from 'commander'
import { expect, test } from 'vitest'
import { type EvictionFlags, evictionOf, withEviction } from './eviction-flags.ts'

const of = (...args: string[]) => {
  const command = withEviction(new Command())
    .exitOverride()
    .configureOutput({ writeErr() {} })
  return evictionOf(command.parse(args, { from: 'user' }).opts<EvictionFlags>())
}

test('thresholds are written as upstream’s flags take them', () => {
  expect(of()).toEqual({
    eviction: { softGraceMs: {}, transitionMs: 300_000, maxPodGraceSeconds: 0 },
    imageGc: { highPercent: 85, lowPercent: 80, minAgeMs: 120_000 },
  })
  expect(
    of(
      '--eviction-hard=memory.available<1Gi,nodefs.available<0%',
      '--eviction-soft=memory.available<2Gi',
      '--eviction-soft-grace-period=memory.available=1m30s',
      '--eviction-minimum-reclaim=nodefs.available=500Mi',
      '--eviction-pressure-transition-period=30s',
      '--eviction-max-pod-grace-period=60',
    ).eviction,
  ).toEqual({
    hard: { 'memory.available': '1Gi', 'nodefs.available': '0%' },
    soft: { 'memory.available': '2Gi' },
    softGraceMs: { 'memory.available': 90_000 },
    minimumReclaim: { 'nodefs.available': '500Mi' },
    transitionMs: 30_000,
    maxPodGraceSeconds: 60,
  })
  expect(of('--eviction-hard=').eviction.hard).toEqual({})
})

test.each([
  [['--eviction-hard=memory.available>1Gi'], 'Give signal<amount'],
  [['--eviction-hard=memory<1Gi'], 'unsupported eviction signal memory'],
  [['--eviction-hard=memory.available<lots'], 'lots is neither an amount nor a percentage'],
  [['--eviction-soft=memory.available<1Gi'], 'no grace period for the soft eviction threshold of memory.available'],
  [['--eviction-soft-grace-period=memory.available=soon'], 'give a duration such as 90s'],
  [['--image-gc-low-threshold=90'], '--image-gc-low-threshold has to be below --image-gc-high-threshold'],
])('%s', (args, message) => {
  expect(() => of(...args)).toThrow(message)
})
