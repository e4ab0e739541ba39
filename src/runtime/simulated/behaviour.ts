import { parseDuration } from '../../api/duration.ts'
import { messageOf } from '../../api/errors.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { ExecResult } from '../runtime.ts'

/** How one simulated container lives. Times are milliseconds. */
export interface Behaviour {
  /** From startContainer to running. */
  startLatency: number
  /** From runPodSandbox to ready. */
  sandboxLatency: number
  /** From pullImage to done, once an image. */
  pullLatency: number
  /** From start to exit by itself; undefined: runs until stopped. */
  exitAfter?: number
  /** With which code, by itself and on SIGTERM. */
  exitCode: number
  /** `OOMKilled`, say; default by the exit code. */
  exitReason?: string
  /** After how many exits it stays up; undefined: never. */
  exitTimes?: number
  /** From SIGTERM to exit. More than the grace period: it is killed (137). */
  stopLatency: number
  /** Which calls fail, and the words. */
  failSandbox?: string
  failPull?: string
  failCreate?: string
  failStart?: string
  /** Which of its probes fail: `startup`, `readiness`, `liveness`; `http`, `tcp`, `grpc`, `exec`; or `true`. */
  failProbes: string[]
  /** From start until probes succeed. */
  probesAfter: number
  /** The same for some of them, by the names of `failProbes`. */
  probeAfter?: Record<string, number>
  /** Lines that it writes to its log as it starts. */
  log: string[]
  /** What commands print in it, and their exit code. */
  execOutput?: string
  execError?: string
  execCode?: number
  /** The same, for each command by itself. */
  exec?(command: string[], stdin: string): ExecResult | Promise<ExecResult>
  cpuMillicores: number
  /** More than its limit: it is OOM-killed, at once or after `exitAfter`. Default: 1 MiB, never beyond the limit. */
  memoryBytes?: number
  /** Written into its own file system. */
  diskBytes: number
}

type Key = keyof Behaviour
type Reader = (text: string) => Behaviour[Key]

/**
 * The annotations that steer simulated pods, all under `k8ts.dev/`. Each can be given for one container alone:
 * `k8ts.dev/exit-code.web: "1"`. Durations are `1.5s`, `200ms`, `2m`, `1h`.
 */
const annotations: Record<string, { member: Key; read: Reader }> = {
  // From start to running; default 0s.
  'start-latency': { member: 'startLatency', read: duration },
  // To make the pod sandbox; default 0s.
  'sandbox-latency': { member: 'sandboxLatency', read: duration },
  // To pull each image; default 0s.
  'pull-latency': { member: 'pullLatency', read: duration },
  // Exits by itself so long after its start; or `never`.
  'exit-after': { member: 'exitAfter', read: (value) => (value === 'never' ? undefined : duration(value)) },
  // With this code; without exit-after: at once; default 0.
  'exit-code': { member: 'exitCode', read: integer },
  // And this reason, as OOMKilled.
  'exit-reason': { member: 'exitReason', read: text },
  // Exits so many times, and then stays up.
  'exit-times': { member: 'exitTimes', read: integer },
  // From SIGTERM to exit; default 0s.
  'stop-latency': { member: 'stopLatency', read: duration },
  // Making the sandbox fails with these words.
  'fail-sandbox': { member: 'failSandbox', read: text },
  // Images are absent, and pulling fails with these words.
  'fail-pull': { member: 'failPull', read: text },
  // Creating the container fails with these words.
  'fail-create': { member: 'failCreate', read: text },
  // Starting the container fails with these words.
  'fail-start': { member: 'failStart', read: text },
  // Startup, readiness, liveness, or http, tcp, grpc, exec, or true for all; with commas.
  'fail-probes': { member: 'failProbes', read: list },
  // Probes fail until so long after the start.
  'probes-after': { member: 'probesAfter', read: duration },
  // What it writes to its log, line by line.
  log: { member: 'log', read: lines },
  // What each command executed in it prints.
  'exec-output': { member: 'execOutput', read: text },
  // And prints to standard error.
  'exec-error': { member: 'execError', read: text },
  // And exits with; default 0.
  'exec-code': { member: 'execCode', read: integer },
  // Processor in use, as 250m; default 1m.
  'cpu-usage': { member: 'cpuMillicores', read: cpu },
  // Memory in use, as 64Mi; more than its limit: it is OOM-killed; default 1Mi.
  'memory-usage': { member: 'memoryBytes', read: bytes },
  // Written into its own file system, as 1Gi; default 0.
  'disk-usage': { member: 'diskBytes', read: bytes },
}

const annotationPrefix = 'k8ts.dev/'

const unsteered: Behaviour = {
  startLatency: 0,
  sandboxLatency: 0,
  pullLatency: 0,
  exitCode: 0,
  stopLatency: 0,
  failProbes: [],
  probesAfter: 0,
  log: [],
  cpuMillicores: 1,
  diskBytes: 0,
}

/**
 * A container's behaviour as its pod's annotations say. `defaults` (annotations too) hold for all pods of a node;
 * `image` is what its image does by itself. Fails on a value that it cannot read; ignores names that it does not know.
 */
export function behaviourOf(
  podAnnotations: Record<string, string>,
  container = '',
  defaults: Record<string, string> = {},
  image?: Partial<Behaviour>,
): Behaviour {
  const given = { ...defaults, ...podAnnotations }
  const keys = Object.keys(given).filter((key) => key.startsWith(annotationPrefix))
  if (keys.length === 0 && !image) return unsteered
  const behaviour: Behaviour = { ...unsteered, ...image }
  // One container's own annotations come last, and win.
  for (const suffix of ['', `.${container}`])
    for (const [name, { member, read }] of Object.entries(annotations)) {
      const value = given[annotationPrefix + name + suffix]
      if (value === undefined) continue
      try {
        Object.assign(behaviour, { [member]: read(value) })
      } catch (error) {
        throw new Error(`annotation ${annotationPrefix}${name}${suffix}: ${messageOf(error)}`)
      }
      if (name === 'exit-code' && behaviour.exitAfter === undefined) behaviour.exitAfter = 0
    }
  return behaviour
}

function duration(value: string): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw new Error(`invalid duration "${value}": want 1.5s, 200ms or 1m30s`)
  return ms
}

function integer(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new Error(`invalid number "${value}"`)
  return Number(value)
}

function text(value: string): string {
  return value
}

function lines(value: string): string[] {
  return value.replace(/\n$/, '').split('\n')
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item !== 'false')
}

function cpu(value: string): number {
  return Number(parseQuantity(value).nano) / 1e6
}

function bytes(value: string): number {
  return Number(parseQuantity(value).nano) / 1e9
}
