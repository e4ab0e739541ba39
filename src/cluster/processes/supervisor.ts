import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { overwrite, recordOf, writeRecord } from './process.ts'

/** One process that runs as long as the cluster. */
export interface Member {
  /** `control-plane`: names its log and its record. */
  name: string
  /** Arguments of the k8ts program. */
  args: string[]
  /** Of its Node.js process. */
  nodeFlags?: string[]
}

export interface SupervisorOptions {
  members: Member[]
  logDir: string
  runDir: string
  /** Called after each unexpected end; `again` is in milliseconds. */
  ended?(name: string, how: string, again: number): void
}

const firstDelay = 100
const longestDelay = 10_000
/** The supervisor restarts a process at once if it ran this long. */
const stable = 30_000
const stopGrace = 20_000
const logLimit = 20 * 1024 * 1024

/** Starts the members, restarts each that ends, with a delay that doubles while it keeps ending. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #children = new Map<string, ChildProcess>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopping = false
  #abandon = () => {}
  /** Resolves when its record, and so the cluster, has been removed. */
  readonly abandoned = new Promise<void>((resolve) => {
    this.#abandon = resolve
  })

  constructor(options: SupervisorOptions) {
    this.#options = options
    mkdirSync(options.logDir, { recursive: true })
    mkdirSync(options.runDir, { recursive: true })
    writeRecord(join(options.runDir, 'supervisor.json'), recordOf(process.pid, Date.now()))
    for (const member of options.members) {
      overwrite(endsFile(options.runDir, member.name), '0')
      this.#start(member, firstDelay)
    }
  }

  /** Ends the members in reverse order of their start, each with SIGTERM and, after 20 s, SIGKILL. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const member of [...this.#options.members].reverse()) {
      const child = this.#children.get(member.name)
      if (child) await endChild(child)
    }
    for (const name of ['supervisor', ...this.#options.members.map((member) => member.name)])
      rmSync(join(this.#options.runDir, `${name}.json`), { force: true })
  }

  #start(member: Member, delay: number): void {
    const { logDir, runDir, ended } = this.#options
    const log = attempt(() => openLog(join(logDir, `${member.name}.log`))) ?? 'ignore'
    const startedAt = Date.now()
    const child = spawn(process.execPath, [...(member.nodeFlags ?? []), process.argv[1] ?? '', ...member.args], {
      stdio: ['ignore', log, log],
      // Ctrl-C in a terminal is for the supervisor, which ends the members in order.
      detached: true,
    })
    if (log !== 'ignore') closeSync(log)
    this.#children.set(member.name, child)
    const { pid } = child
    if (pid) attempt(() => writeRecord(join(runDir, `${member.name}.json`), recordOf(pid, startedAt)))
    child.once('error', () => child.emit('exit', null, null))
    child.once('exit', (code, signal) => {
      this.#children.delete(member.name)
      if (this.#stopping) return
      if (!existsSync(join(runDir, 'supervisor.json'))) return this.#abandon()
      attempt(() => overwrite(endsFile(runDir, member.name), String(endsOf(runDir, member.name) + 1)))
      const wait = Date.now() - startedAt > stable ? firstDelay : delay
      ended?.(member.name, signal ? `was ended by ${signal}` : `exited with code ${code}`, wait)
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        this.#start(member, Math.min(wait * 2, longestDelay))
      }, wait)
      this.#timers.add(timer)
    })
  }
}

/** A full disk must not end the supervisor, which keeps the others running. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

const endsFile = (runDir: string, name: string) => join(runDir, `${name}.ends`)

/** How often a member has ended by itself since its supervisor started. */
export const endsOf = (runDir: string, name: string): number =>
  existsSync(endsFile(runDir, name)) ? Number(readFileSync(endsFile(runDir, name), 'utf8')) : 0

/** Opens a log for appending; renames a large one first. */
export function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > logLimit) renameSync(file, `${file}.1`)
  return openSync(file, 'a')
}

function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopGrace)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
