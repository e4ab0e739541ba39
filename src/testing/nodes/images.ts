import { parseQuantity } from '../../api/quantity.ts'
import type { ExecResult } from '../../runtime/runtime.ts'
import type { Behaviour } from '../../runtime/simulated/behaviour.ts'
import { type Duration, durationMs as ms } from '../duration.ts'
import { type Checks, check, checkGiven, isCount, isDuration, isFunction, isObject, isText } from '../given.ts'

type Fails = boolean | { failUntil: Duration }

/** The output of a command, or that and its exit code, default 0. */
export type ExecAnswer = string | { stdout?: string; stderr?: string; exitCode?: number }

/** The behaviour of an image's containers. Durations are `'2s'`, or milliseconds. */
export interface ImageBehaviour {
  /** Time from its start to running. */
  start?: Duration
  /** Time to pull it. */
  pull?: Duration
  /** Makes pulls fail with this message of the registry. */
  pullError?: string
  /** Makes starts fail with this message of the runtime. */
  startError?: string
  /** Its log output at the start. */
  logs?: string[]
  /** It exits this long after its start, with `exitCode` (default 0): a job. */
  exitAfter?: Duration
  /** Its exit code, when it exits by itself (at once, unless another field sets the time) and on SIGTERM. */
  exitCode?: number
  /** It crashes this long after its start, with `exitCode` (default 1). */
  crashAfter?: Duration
  /** It exits by itself this many times, then keeps running. Default: always. */
  crashes?: number
  /** Time from SIGTERM to its end; after the grace period the kubelet kills it. */
  stop?: Duration
  /** Which probes fail: `true`, or until this long after the start. Default: none. */
  probes?: { startup?: Fails; readiness?: Fails; liveness?: Fails } | 'fail'
  /** CPU in use: `'250m'`. */
  cpu?: string
  /** Memory in use: `'64Mi'`. Above the container's limit, it is OOM-killed. */
  memory?: string
  /** Disk space in use in its own file system: `'1Gi'`. */
  disk?: string
  /** Runs commands in it: `kubectl exec`, hooks. A returned string is their output; `stdin` is all of their input. */
  exec?: (command: string[], stdin: string) => ExecAnswer | Promise<ExecAnswer>
  /** Answers HTTP requests; see `cluster.fetch`. */
  http?: (request: Request) => Response | Promise<Response>
}

/** The behaviour of images, by name. */
export interface Images {
  /** `pattern` may contain `*`. The last matching one counts. */
  set(pattern: string, behaviour: ImageBehaviour): void
  find(image: string): ImageBehaviour | undefined
  /** Remembers the settings; the returned function restores them. */
  mark(): () => void
  /** The behaviour in the form of the simulated runtime. */
  behaviourOf(image: string): Partial<Behaviour> | undefined
}

export function imageBehaviours(): Images {
  let set: { pattern: RegExp; behaviour: ImageBehaviour }[] = []
  const find = (image: string) => set.find(({ pattern }) => pattern.test(image))?.behaviour
  return {
    set(pattern, behaviour) {
      if (typeof pattern !== 'string' || pattern === '')
        throw new TypeError(`image takes the name of an image, which may have *, not ${JSON.stringify(pattern)}`)
      checkBehaviour(pattern, behaviour)
      const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      const tag = /[:@*][^/]*$/.test(pattern) ? '' : '(:latest)?'
      set = [{ pattern: new RegExp(`^${parts.join('.*')}${tag}$`), behaviour }, ...set]
    },
    find,
    mark() {
      const marked = set
      return () => {
        set = marked
      }
    },
    behaviourOf(image) {
      const behaviour = find(image)
      return behaviour && internalForm(behaviour)
    },
  }
}

/** Checks the fields, so that a mistake fails in the test's own line. @throws TypeError */
function checkBehaviour(pattern: string, behaviour: ImageBehaviour): void {
  const what = `image ${pattern}`
  checkGiven(what, behaviour, behaviourChecks)
  const { probes, exitAfter, crashAfter } = behaviour
  if (exitAfter !== undefined && crashAfter !== undefined)
    throw new TypeError(`${what}: it ends by exitAfter or by crashAfter, not by both`)
  if (typeof probes !== 'object') return
  checkGiven(`${what}, probes`, probes, probeChecks)
  for (const [probe, fails] of Object.entries(probes))
    if (typeof fails === 'object') checkGiven(`${what}, ${probe}`, fails, { failUntil: isDuration })
}

const isQuantity = check("a quantity: '250m', '64Mi'", (value) => {
  try {
    return typeof value === 'string' && parseQuantity(value).sign >= 0
  } catch {
    return false
  }
})
const fails = check("true, false or { failUntil: '30s' }", (value) => typeof value === 'boolean' || isObject(value))
const probeChecks: Checks<Exclude<NonNullable<ImageBehaviour['probes']>, string>> = {
  startup: fails,
  readiness: fails,
  liveness: fails,
}
const behaviourChecks: Checks<ImageBehaviour> = {
  start: isDuration,
  pull: isDuration,
  pullError: isText,
  startError: isText,
  logs: check('a list of lines', (value) => Array.isArray(value) && value.every((line) => typeof line === 'string')),
  exitAfter: isDuration,
  exitCode: isCount(0, 255),
  crashAfter: isDuration,
  crashes: isCount(0),
  stop: isDuration,
  probes: check("'fail', or by probe: { readiness: true }", (value) => value === 'fail' || isObject(value)),
  cpu: isQuantity,
  memory: isQuantity,
  disk: isQuantity,
  exec: isFunction,
  http: isFunction,
}

function internalForm(given: ImageBehaviour): Partial<Behaviour> {
  const { start, pull, pullError, startError, logs, crashes, stop, probes, cpu, memory, disk, exec } = given
  return {
    ...(start !== undefined && { startLatency: ms(start) }),
    ...(pull !== undefined && { pullLatency: ms(pull) }),
    ...(pullError !== undefined && { failPull: pullError }),
    ...(startError !== undefined && { failStart: startError }),
    ...(logs && { log: logs }),
    ...exitOf(given),
    ...(crashes !== undefined && { exitTimes: crashes }),
    ...(stop !== undefined && { stopLatency: ms(stop) }),
    ...(probes && probesOf(probes)),
    ...(cpu !== undefined && { cpuMillicores: Number(parseQuantity(cpu).nano) / 1e6 }),
    ...(memory !== undefined && { memoryBytes: parseQuantity(memory).toInteger() }),
    ...(exec && { exec: async (command: string[], stdin: string) => execResult(await exec(command, stdin)) }),
    ...(disk !== undefined && { diskBytes: parseQuantity(disk).toInteger() }),
  }
}

const execResult = (answer: ExecAnswer): ExecResult => ({
  stdout: '',
  stderr: '',
  exitCode: 0,
  ...(typeof answer === 'string' ? { stdout: answer } : answer),
})

function exitOf({ exitAfter, crashAfter, exitCode }: ImageBehaviour): Partial<Behaviour> {
  if (crashAfter !== undefined) return { exitAfter: ms(crashAfter), exitCode: exitCode ?? 1 }
  if (exitAfter !== undefined) return { exitAfter: ms(exitAfter), exitCode: exitCode ?? 0 }
  return exitCode === undefined ? {} : { exitAfter: 0, exitCode }
}

function probesOf(probes: NonNullable<ImageBehaviour['probes']>): Partial<Behaviour> {
  if (probes === 'fail') return { failProbes: ['true'] }
  const late = Object.entries(probes).flatMap(([probe, fails]) =>
    typeof fails === 'object' ? [[probe, ms(fails.failUntil)] as const] : [],
  )
  return {
    failProbes: Object.entries(probes).flatMap(([probe, fails]) => (fails === true ? [probe] : [])),
    probeAfter: Object.fromEntries(late),
  }
}
