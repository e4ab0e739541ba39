import type { Taint, Toleration } from './v1/index.ts'

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const

/** An empty key with `Exists` tolerates everything, an empty effect every effect. (API reference, Toleration) */
export function tolerates({ key = '', operator, value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key && key !== taint.key) return false
  if (operator === 'Exists') return true
  return key !== '' && (comparisons[operator || 'Equal']?.(taint.value ?? '', value) ?? false)
}

/** By operator: whether a taint's value satisfies a toleration. `Lt` and `Gt` compare whole numbers (KEP-5471). */
const comparisons: Record<string, (found: string, wanted: string) => boolean> = {
  Equal: (found, wanted) => found === wanted,
  Lt: (found, wanted) => areNumbers(found, wanted) && BigInt(found) < BigInt(wanted),
  Gt: (found, wanted) => areNumbers(found, wanted) && BigInt(found) > BigInt(wanted),
}

const areNumbers = (...texts: string[]): boolean => texts.every((text) => /^(0|-?[1-9]\d*)$/.test(text))

/** Key and effect identify a taint. */
export const sameTaint = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect

/** The taints that the system sets. */
export const taintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
  outOfService: 'node.kubernetes.io/out-of-service',
} as const
