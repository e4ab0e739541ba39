import { type FieldError, fieldError } from '../../../api/errors.ts'

const levels = ['privileged', 'baseline', 'restricted'] as const
type Level = (typeof levels)[number]

/** A profile of the Pod Security Standards in the version of a minor release. */
export interface LevelVersion {
  level: Level
  /** Infinity: the latest. */
  minor: number
}

export type Mode = 'enforce' | 'audit' | 'warn'
export type Policy = Record<Mode, LevelVersion>

/** `restricted:v1.30`, `baseline:latest` */
export const textOf = ({ level, minor }: LevelVersion): string =>
  `${level}:${minor === Number.POSITIVE_INFINITY ? 'latest' : `v1.${minor}`}`

export const isStricter = (a: LevelVersion, b: LevelVersion): boolean =>
  levels.indexOf(a.level) > levels.indexOf(b.level)

const prefix = 'pod-security.kubernetes.io/'

/**
 * The policy that the labels of a namespace ask for, and what is wrong with these. A wrong level to enforce is as `restricted`;
 * a wrong one to audit or warn of is as none.
 */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: Policy,
): { policy: Policy; errors: FieldError[] } {
  if (!labels) return { policy: defaults, errors: [] }
  const errors: FieldError[] = []
  const policy: Policy = { enforce: { ...defaults.enforce }, audit: { ...defaults.audit }, warn: { ...defaults.warn } }
  for (const mode of ['enforce', 'audit', 'warn'] as const) {
    const level = labels[`${prefix}${mode}`]
    const version = labels[`${prefix}${mode}-version`]
    if (level !== undefined) {
      const parsed = parseLevel(level)
      policy[mode].level = parsed ?? (mode === 'enforce' ? 'restricted' : 'privileged')
      if (!parsed) errors.push(invalid(mode, level, `must be one of ${levels.join(', ')}`))
    }
    if (version !== undefined) {
      const parsed = parseVersion(version)
      policy[mode].minor = parsed ?? Number.POSITIVE_INFINITY
      if (parsed === undefined) errors.push(invalid(`${mode}-version`, version, 'must be "latest" or "v1.x"'))
    }
  }
  const enforces = parseLevel(labels[`${prefix}enforce`] ?? '') !== undefined
  // Who enforces a stricter level than that of warnings wants warnings of that, too: for what is no pod yet.
  if (labels[`${prefix}warn`] === undefined && enforces && isStricter(policy.enforce, policy.warn)) {
    policy.warn.level = policy.enforce.level
    if (labels[`${prefix}warn-version`] === undefined) policy.warn.minor = policy.enforce.minor
  }
  return { policy, errors }
}

const invalid = (label: string, value: string, why: string): FieldError =>
  fieldError.invalid(`metadata.labels[${prefix}${label}]`, value, why)

export const parseLevel = (text: string): Level | undefined => levels.find((level) => level === text)

export function parseVersion(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY
  const [, minor] = /^v1\.(0|[1-9]\d*)$/.exec(text) ?? []
  return minor === undefined ? undefined : Number(minor)
}
