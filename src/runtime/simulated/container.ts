import { type Cancel, type Clock, sleep } from '../../api/clock.ts'
import {
  type Container,
  type ContainerConfig,
  type ContainerEvent,
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  RuntimeError,
} from '../runtime.ts'
import type { Behaviour } from './behaviour.ts'
import { imageRefOf } from './images.ts'
import { SimulatedLog } from './log.ts'
import { hasLabels, type SimulatedSandbox } from './sandbox-index.ts'

export interface ContainerOptions {
  id: string
  config: ContainerConfig
  sandbox: SimulatedSandbox
  behaviour: Behaviour
  clock: Clock
  emit(type: ContainerEvent['type'], containerId: string, podUid: string): void
}

/** 128 and the signal's number: SIGKILL. */
const killed = 137
const defaultMemoryBytes = 2 ** 20

/** A container that goes through its states by the clock. */
export class SimulatedContainer {
  readonly id: string
  readonly config: ContainerConfig
  readonly sandbox: SimulatedSandbox
  readonly behaviour: Behaviour
  readonly #options: ContainerOptions
  readonly #createdAt: number
  #state: ContainerState = 'CREATED'
  #startedAt = 0
  #finishedAt = 0
  #exitCode = 0
  #exitReason: string | undefined
  #cancelExit: Cancel = () => {}
  #cancelStop: Cancel = () => {}
  /** Since SIGTERM: when it would exit by itself, and when it will be gone. */
  #ending: { ended: PromiseWithResolvers<void>; exitsAt: number; due: number } | undefined
  #log: SimulatedLog | undefined

  constructor(options: ContainerOptions) {
    this.id = options.id
    this.config = options.config
    this.sandbox = options.sandbox
    this.behaviour = options.behaviour
    this.#options = options
    this.#createdAt = options.clock.now()
  }

  get podUid(): string {
    return this.sandbox.config.metadata.uid
  }

  get running(): boolean {
    return this.#state === 'RUNNING'
  }

  get #memoryLimit(): number {
    return this.config.linux.resources.memoryLimitInBytes || Number.POSITIVE_INFINITY
  }

  /** What it uses at this moment. */
  get memoryBytes(): number {
    return this.running ? (this.behaviour.memoryBytes ?? Math.min(defaultMemoryBytes, this.#memoryLimit)) : 0
  }

  /** Made on first use: most containers write nothing. */
  get log(): SimulatedLog {
    this.#log ??= new SimulatedLog()
    return this.#log
  }

  get logPath(): string {
    return `${this.sandbox.config.logDirectory}/${this.config.logPath}`
  }

  get startedAt(): number {
    return this.#startedAt
  }

  async start(): Promise<void> {
    const { clock, emit } = this.#options
    const { startLatency, failStart, exitAfter, exitCode, exitTimes } = this.behaviour
    if (this.#state !== 'CREATED') throw new RuntimeError('Unknown', `container ${this.id} is in state ${this.#state}`)
    if (startLatency > 0) await sleep(clock, startLatency)
    if (failStart !== undefined) {
      this.#finish(128)
      throw new RuntimeError('Unknown', failStart)
    }
    // Stopped or removed while it was starting.
    if (this.#state !== 'CREATED') return
    this.#state = 'RUNNING'
    this.#startedAt = clock.now()
    if (this.behaviour.log.length > 0) this.log.write(this.behaviour.log, this.#startedAt)
    emit('STARTED', this.id, this.podUid)
    if (this.memoryBytes > this.#memoryLimit) {
      this.#cancelExit = clock.after(exitAfter ?? 0, () => this.#finish(killed, 'OOMKilled'))
      return
    }
    const exits = exitTimes === undefined || this.config.metadata.attempt < exitTimes
    if (exitAfter !== undefined && exits) this.#cancelExit = clock.after(exitAfter, () => this.#finish(exitCode))
  }

  /** SIGTERM, once; SIGKILL after `timeoutSeconds`, or after what an earlier call has left, if that is less. */
  stop(timeoutSeconds: number): Promise<void> {
    if (this.#state === 'CREATED') this.kill()
    if (this.#state !== 'RUNNING') return Promise.resolve()
    const { stopLatency, exitCode } = this.behaviour
    const now = this.#options.clock.now()
    this.#ending ??= { ended: Promise.withResolvers<void>(), exitsAt: now + stopLatency, due: Number.POSITIVE_INFINITY }
    const { ended, exitsAt, due } = this.#ending
    const killAt = now + timeoutSeconds * 1000
    const at = Math.min(exitsAt, killAt)
    if (at >= due) return ended.promise
    this.#ending.due = at
    const code = exitsAt <= killAt ? exitCode : killed
    this.#cancelStop()
    if (at <= now) this.#finish(code)
    else this.#cancelStop = this.#options.clock.after(at - now, () => this.#finish(code))
    return ended.promise
  }

  kill(): void {
    if (this.#state === 'CREATED' || this.#state === 'RUNNING') this.#finish(killed)
  }

  /** Ends its timers only. */
  cancel(): void {
    this.#cancelExit()
    this.#cancelStop()
  }

  has(labels: Record<string, string> | undefined): boolean {
    return hasLabels(this.config.labels, labels)
  }

  shown(): Container {
    const { metadata, image, labels, annotations } = this.config
    return {
      id: this.id,
      podSandboxId: this.sandbox.id,
      metadata,
      image,
      imageRef: imageRefOf(image),
      state: this.#state,
      createdAt: this.#createdAt,
      labels,
      annotations,
    }
  }

  status(): ContainerStatus {
    const { metadata, image, labels, annotations, mounts } = this.config
    return {
      id: this.id,
      metadata,
      state: this.#state,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      exitCode: this.#exitCode,
      image,
      imageRef: imageRefOf(image),
      reason: this.#state === 'EXITED' ? this.#reason() : '',
      message: this.#startedAt === 0 && this.#state === 'EXITED' ? (this.behaviour.failStart ?? '') : '',
      labels,
      annotations,
      mounts,
      logPath: this.logPath,
    }
  }

  /** Computed as if it had used the same amount all the time. */
  stats(): ContainerStats {
    const now = this.#options.clock.now()
    const { cpuMillicores, diskBytes } = this.behaviour
    const until = this.running ? now : this.#finishedAt
    const memory = this.memoryBytes
    return {
      id: this.id,
      timestamp: now,
      // One thousandth of a processor, for a millisecond, is a thousand nanoseconds.
      cpuUsageCoreNanoSeconds: this.#startedAt === 0 ? 0 : cpuMillicores * (until - this.#startedAt) * 1000,
      memoryWorkingSetBytes: memory,
      memoryUsageBytes: memory,
      memoryRssBytes: memory,
      fsUsedBytes: diskBytes,
      fsInodesUsed: diskBytes > 0 ? 1 : 0,
    }
  }

  #finish(code: number, reason?: string): void {
    this.cancel()
    this.#exitReason = reason
    this.#state = 'EXITED'
    this.#exitCode = code
    this.#finishedAt = this.#options.clock.now()
    this.#options.emit('STOPPED', this.id, this.podUid)
    this.#log?.changed()
    this.#ending?.ended.resolve()
  }

  #reason(): string {
    if (this.#startedAt === 0 && this.behaviour.failStart !== undefined) return 'StartError'
    return this.#exitReason ?? this.behaviour.exitReason ?? (this.#exitCode === 0 ? 'Completed' : 'Error')
  }
}
