import { baseline } from './baseline.ts'
import type { Check, CheckedPod, Control, Violation } from './check.ts'
import type { LevelVersion } from './level.ts'
import { restricted } from './restricted.ts'

/** What a profile in a version says against a pod: its own violations, those of the baseline first. Empty: nothing. */
export function violationsOf({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  return checksOf(level, minor).flatMap((check) => check(pod) ?? [])
}

export const reasonsOf = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(', ')

export const detailsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')

/** The version after which nothing has changed. */
const newest = Math.max(...[...baseline, ...restricted].flatMap(({ versions }) => versions.map(([minor]) => minor)))
const known = new Map<string, readonly Check[]>()

function checksOf(level: LevelVersion['level'], minor: number): readonly Check[] {
  if (level === 'privileged') return []
  const version = Math.min(minor, newest)
  const key = `${level}/${version}`
  let checks = known.get(key)
  if (!checks) {
    checks = level === 'baseline' ? chosen(baseline, version) : allRestricted(version)
    known.set(key, checks)
  }
  return checks
}

function allRestricted(version: number): Check[] {
  const own = restricted.filter(({ versions }) => (versions[0]?.[0] ?? 0) <= version)
  const overridden = new Set(own.flatMap(({ overrides }) => overrides ?? []))
  return [
    ...chosen(
      baseline.filter(({ id }) => !overridden.has(id)),
      version,
    ),
    ...chosen(own, version),
  ]
}

const chosen = (controls: readonly Control[], version: number): Check[] =>
  controls.flatMap(({ versions }) => versions.findLast(([minor]) => minor <= version)?.[1] ?? [])
