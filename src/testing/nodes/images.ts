import { parseQuantity } from '../../api/quantity.ts'
import type { ExecResult } from '../../runtime/runtime.ts'
import type { Behaviour } from '../../runtime/simulated/behaviour.ts'
import { type Duration, durationMs as ms } from '../duration.ts'
import { type Checks, check, checkGiven, isCount, isDuration, isFunction, isObject, isText } from '../given.ts'

type Fails = boolean | { failUntil: Duration }

/** What a command has printed, or that and its exit code, default 0. */
export type ExecAnswer = string | { stdout?: string; stderr?: string; exitCode?: number }

/** What containers of an image do. Durations are `'2s'`, or milliseconds. */
export interface ImageBehaviour {
  /** From its start to running. */
  start?: Duration
  /** How long it takes to pull. */
  pull?: Duration
  /** It cannot be pulled: the words of the registry. */
  pullError?: string
  /** It cannot be started: the words of the runtime. */
  startError?: string
  /** What it writes to its log as it starts. */
  logs?: string[]
  /** It ends so long after its start, with `exitCode` (default 0): a job. */
  exitAfter?: Duration
  /** With which code it ends, by itself (at once, where nothing says when) and when told to. */
  exitCode?: number
  /** It crashes so long after its start, with `exitCode` (default 1). */
  crashAfter?: Duration
  /** It ends by itself so many times, and then stays up. Default: always. */
  crashes?: number
  /** From SIGTERM to its end; longer than the grace period: it is killed. */
  stop?: Duration
  /** Which probes fail: `true`, or until so long after the start. Default: all succeed. */
  probes?: { startup?: Fails; readiness?: Fails; liveness?: Fails } | 'fail'
  /** In use: `'250m'`. */
  cpu?: string
  /** In use: `'64Mi'`. More than the container's limit: it is OOM-killed. */
  memory?: string
  /** What it has written into its own file system: `'1Gi'`. */
  disk?: string
  /** What commands do in it: `kubectl exec`, hooks. A text is what they print; `stdin` is all of their input. */
  exec?: (command: string[], stdin: string) => ExecAnswer | Promise<ExecAnswer>
  /** What it answers to HTTP; see `cluster.fetch`. */
  http?: (request: Request) => Response | Promise<Response>
}

/** What images do, by name. */
export interface Images {
  /** `pattern` may have `*`. The last one set that fits a name holds. */
  set(pattern: string, behaviour: ImageBehaviour): void
  find(image: string): ImageBehaviour | undefined
  /** Remembers what was set; the returned function goes back to it. */
  mark(): () => void
  /** For the simulated runtime. */
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

/** So that what is wrong fails in the test's own line. @throws TypeError */
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
