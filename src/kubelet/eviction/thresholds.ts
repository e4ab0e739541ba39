import { parseQuantity } from '../../api/quantity.ts'
import { isSignal, type Observation, type Observations, type Signal } from './signals.ts'

/** As in the kubelet's flags and configuration: `{ 'memory.available': '100Mi', 'nodefs.available': '10%' }`. */
export type Amounts = Record<string, string>

export interface EvictionOptions {
  /** Default: upstream's, `defaultHard`. A given value replaces all of it. */
  hard?: Amounts
  /** Each needs its grace period. */
  soft?: Amounts
  /** Milliseconds for which a soft threshold must be crossed. */
  softGraceMs?: Record<string, number>
  /** How much more than the threshold must be free before the crossing ends. */
  minimumReclaim?: Amounts
  /** How long a condition lasts after the pressure ends, so that it does not flap. Default 5 min. */
  transitionMs?: number
  /** The longest grace period after a soft threshold; a shorter one of the pod holds. Default 0. */
  maxPodGraceSeconds?: number
  /** Interval of checks. Default 10 s. */
  periodMs?: number
}

/** A share of the capacity, from 0 to 1, or an absolute amount. */
type Amount = { share: number } | { quantity: number }

/** `signal` below `value`, for `graceMs` (0: hard), is a reason to evict. */
export interface Threshold {
  signal: Signal
  value: Amount
  graceMs: number
  minReclaim?: Amount
}

/** Upstream's defaults for Linux. */
export const defaultHard: Amounts = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

/** @throws TypeError for an unreadable value, an unknown signal, a soft threshold without a grace period */
export function thresholdsOf(options: EvictionOptions): Threshold[] {
  const { hard = defaultHard, soft = {}, softGraceMs = {}, minimumReclaim = {} } = options
  for (const signal of [...Object.keys(softGraceMs), ...Object.keys(minimumReclaim)]) known(signal)
  const threshold = (name: string, text: string, graceMs: number): Threshold[] => {
    const signal = known(name)
    const value = amount(signal, text)
    const reclaim = minimumReclaim[signal]
    // 100% and 0% switch a signal off.
    if ('share' in value && (value.share === 0 || value.share === 1)) return []
    return [{ signal, value, graceMs, ...(reclaim && { minReclaim: amount(signal, reclaim) }) }]
  }
  return [
    ...Object.entries(hard).flatMap(([signal, text]) => threshold(signal, text, 0)),
    ...Object.entries(soft).flatMap(([signal, text]) => {
      const graceMs = softGraceMs[signal]
      if (graceMs === undefined) throw new TypeError(`no grace period for the soft eviction threshold of ${signal}`)
      return threshold(signal, text, graceMs)
    }),
  ]
}

function known(signal: string): Signal {
  if (isSignal(signal)) return signal
  throw new TypeError(`unsupported eviction signal ${signal}`)
}

function amount(signal: Signal, text: string): Amount {
  const percent = /^(-?\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent !== undefined) {
    const share = Number(percent) / 100
    if (share < 0 || share > 1)
      throw new TypeError(`eviction threshold of ${signal}: ${text} is not between 0% and 100%`)
    return { share }
  }
  try {
    const quantity = parseQuantity(text)
    if (quantity.sign >= 0) return { quantity: quantity.toNumber() }
  } catch {
    // Checked below.
  }
  throw new TypeError(`eviction threshold of ${signal}: ${text} is neither an amount nor a percentage`)
}

/** In the signal's own unit. */
export const amountOf = (value: Amount, capacity: number): number =>
  'share' in value ? Math.floor(value.share * capacity) : value.quantity

/** `withReclaim`: its minimum reclaim must be free, too, before it counts as not crossed. */
export function isCrossed({ value, minReclaim }: Threshold, seen: Observation, withReclaim: boolean): boolean {
  const reclaim = withReclaim && minReclaim ? amountOf(minReclaim, seen.capacity) : 0
  return seen.available < amountOf(value, seen.capacity) + reclaim
}

/** The amounts that the hard thresholds keep from pods: they are never allocatable. */
export function reservedForEviction(thresholds: readonly Threshold[], signal: Signal, capacity: number): number {
  const hard = thresholds.find((threshold) => threshold.signal === signal && threshold.graceMs === 0)
  return hard ? amountOf(hard.value, capacity) : 0
}

/** Whether the threshold is crossed now, regardless of the past. */
export const crossed = (thresholds: readonly Threshold[], seen: Observations): Threshold[] =>
  thresholds.filter((threshold) => {
    const observation = seen[threshold.signal]
    return observation !== undefined && isCrossed(threshold, observation, false)
  })
