import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { hostname } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { taintEffects } from '../api/core/taints.ts'
import type { Taint } from '../api/core/v1/index.ts'
import { parseDuration, durationUnits as units } from '../api/duration.ts'
import { parseCidr } from '../api/ip.ts'
import { parseQuantity } from '../api/quantity.ts'
import { UserError } from '../cluster/user-error.ts'

/** Common to the components' flags. Values have the form of upstream's programs. */

/** Adds `--v`: 0 logs normal events, 2 and more everything. */
export const withVerbosity = (command: Command): Command =>
  command.option('-v, --v <level>', 'how much to log; from 2 on, details', wholeNumber(0, 10), 0)

export interface Verbosity {
  v: number
}
export const isVerbose = ({ v }: Verbosity): boolean => v >= 2

/** Adds `--kubeconfig`. */
export const withKubeconfig = (command: Command): Command =>
  command.option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, or the cluster it runs in)')

/** Text before the examples: the meaning of the exit codes. */
export const exitCodes = `
Exit codes:
  0  ended by SIGTERM or SIGINT
  1  a wrong flag or file, or what it needs is not there`

export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
  }

export const port = wholeNumber(1, 65535)

/** `--flag`, `--flag=true`, `--flag=false`. */
export function truth(text: string): boolean {
  if (/^(true|1|t)$/i.test(text)) return true
  if (/^(false|0|f)$/i.test(text)) return false
  throw new InvalidArgumentError('Give true or false.')
}

/** Milliseconds of a duration as Go writes it: `40s`, `1m30s`, `1.5h`. */
export function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Give a duration such as 40s, 5m or 1h30m.')
  return ms
}

/** A duration in milliseconds as `duration` takes it: `1h30m`, `500ms`. */
export function durationText(ms: number): string {
  const parts = (['h', 'm', 's', 'ms'] as const).map((unit, i, all) => {
    const above = all[i - 1]
    return [Math.floor((above ? ms % units[above] : ms) / units[unit]), unit] as const
  })
  return parts.flatMap(([number, unit]) => (number > 0 ? `${number}${unit}` : [])).join('') || '0s'
}

export function ipv4(text: string): string {
  if (isIPv4(text)) return text
  throw new InvalidArgumentError('Give an IPv4 address.')
}

export function cidr(text: string): string {
  if (parseCidr(text)?.family === 4) return text
  throw new InvalidArgumentError('Give an IPv4 range such as 10.96.0.0/16.')
}

/** Values with commas between them; a flag given twice adds to the list. */
export const list = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
]

/** A flag that may be given several times. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text]

/** `name=value,other=value` */
export function pairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const entries = list(text).map((item): [string, string] => {
    const at = item.indexOf('=')
    if (at <= 0) throw new InvalidArgumentError(`Give name=value, not ${JSON.stringify(item)}.`)
    return [item.slice(0, at), item.slice(at + 1)]
  })
  return { ...before, ...Object.fromEntries(entries) }
}

/** An amount as Kubernetes writes it, above zero: `200Mi`. */
export function amount(text: string): string {
  try {
    if (parseQuantity(text).sign > 0) return text
  } catch {
    // As for one that is nothing:
  }
  throw new InvalidArgumentError(`Give an amount such as 100m or 200Mi, not ${JSON.stringify(text)}.`)
}

/** `cpu=100m,memory=200Mi` */
export function amounts(text: string, before: Record<string, string> = {}): Record<string, string> {
  const all = pairs(text, before)
  Object.values(all).forEach(amount)
  return all
}

/** `key=value:NoSchedule,key:NoExecute` */
export function taints(text: string, before: Taint[] = []): Taint[] {
  const added = list(text).map((item): Taint => {
    const [, key, , value, given] = /^([^=:]+)(=([^:]*))?:(\w+)$/.exec(item) ?? []
    const effect = taintEffects.find((known) => known === given)
    if (!key || !effect) throw new InvalidArgumentError(`Give key=value:Effect, not ${JSON.stringify(item)}.`)
    return { key, ...(value && { value }), effect }
  })
  return [...before, ...added]
}

/** The default name of a node: the host's. */
export const nodeNameOf = (override?: string): string => (override ?? hostname()).trim().toLowerCase()

/** The text of the file that a flag names. */
export function fileOf(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[code ?? '']
    throw new UserError(`${flag} ${path}: ${why ?? message}`)
  }
}

/** The same where the flag may be absent. */
export const optionalFileOf = (flag: string, path: string | undefined): string | undefined =>
  path === undefined ? undefined : fileOf(flag, path)

/** A certificate and its key from two flags that belong together. */
export function pairOf(
  [certFlag, cert]: [string, string | undefined],
  [keyFlag, key]: [string, string | undefined],
): { cert: string; key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw new UserError(`${certFlag} and ${keyFlag} belong together; ${cert ? keyFlag : certFlag} is missing`)
  }
  return { cert: fileOf(certFlag, cert), key: fileOf(keyFlag, key) }
}
