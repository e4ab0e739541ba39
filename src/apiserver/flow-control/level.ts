import type { Cancel, Clock } from '../../api/clock.ts'
import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/index.ts'
import type { Configured } from './defaults.ts'
import type { Limits } from './limits.ts'
import { FairQueues, type Queue, type QueueShape } from './queues.ts'
import { RetryAfter } from './retry-after.ts'
import { SeatDemand, smoothed } from './seat-demand.ts'
import type { FlowStats } from './stats.ts'

/** A request at the door of a level. */
export interface Ask {
  flow: string
  /** Of the schema that has matched. */
  stats: FlowStats
  seats: number
  /** So long the seats stay taken after the answer: others work on what the request has changed. */
  lingerMs: number
  /** Aborted when the client has gone. Read only if the request has to wait. */
  signal(): AbortSignal
}

/** Why a level refuses a request. */
export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

/** Gives the seats back. Further calls do nothing. */
export type Leave = () => void

/** A request that waits. */
export interface Waiter extends Ask {
  since: number
  settle(outcome: Leave | Refusal): void
}

/** One priority level at work: its seats, and its queues. */
export class Level {
  readonly name: string
  readonly uid: string
  readonly isExempt: boolean
  /** Seats that may be taken at present, borrowed and lent ones counted. */
  limit: number
  limits: Limits
  /** Demand as the last adjustments have seen it. */
  smoothedDemand = 0
  executing = 0
  seatsInUse = 0
  readonly retryAfter = new RetryAfter()
  readonly #clock: Clock
  readonly #maxWaitMs: number
  readonly #demand: SeatDemand
  #queues: FairQueues<Waiter> | undefined
  /** Seats that are given back at the next turn of the lingering ones. */
  #lingering: { seats: number } | undefined

  constructor(
    { metadata, spec }: Configured<PriorityLevelConfiguration>,
    limits: Limits,
    { clock, maxWaitMs }: { clock: Clock; maxWaitMs: number },
  ) {
    this.name = metadata.name
    this.uid = metadata.uid ?? ''
    this.isExempt = spec.type === 'Exempt'
    this.limits = limits
    this.limit = limits.nominal
    this.#clock = clock
    this.#maxWaitMs = maxWaitMs
    this.#demand = new SeatDemand(clock.now())
    this.configure(spec.limited?.limitResponse?.queuing, limits)
  }

  get queues(): FairQueues<Waiter> | undefined {
    return this.#queues
  }

  get isIdle(): boolean {
    return this.executing === 0 && !this.#queues?.waiting
  }

  /** Goes on by another configuration. Requests under way stay. */
  configure(shape: Partial<QueueShape> | undefined, limits: Limits): void {
    const { queues = 64, handSize = 8, queueLengthLimit = 50 } = shape ?? {}
    if (shape && this.#queues) this.#queues.reshape({ queues, handSize, queueLengthLimit })
    else if (shape) this.#queues = new FairQueues({ queues, handSize, queueLengthLimit }, this.#clock.now())
    else if (this.isIdle) this.#queues = undefined
    if (limits.nominal !== this.limits.nominal || this.limit < limits.least || this.limit > limits.most)
      this.limit = limits.nominal
    this.limits = limits
    this.#dispatch()
  }

  /** Another limit, of borrowed or lent seats. */
  adjust(limit: number): void {
    this.limit = limit
    this.#dispatch()
  }

  /** The bounds and the target of the next adjustment, from the demand since the last one. */
  claim(): { least: number; most: number; target: number } {
    const period = this.#demand.take(this.#clock.now())
    this.smoothedDemand = smoothed(this.smoothedDemand, period)
    const { nominal, least, most } = this.limits
    const floor = Math.max(least, Math.min(nominal, period.highest))
    return { least: floor, most, target: Math.max(floor, this.smoothedDemand) }
  }

  /** Lets a request in at once, or later, or refuses it. */
  enter(ask: Ask): Leave | Refusal | Promise<Leave | Refusal> {
    if (this.isExempt || (!this.#queues?.waiting && this.#fits(ask.seats))) return this.#seat(ask, this.#clock.now())
    return this.#queues ? this.#wait(ask, this.#queues) : 'concurrency-limit'
  }

  /** A request that is wider than the level goes alone. */
  #fits(seats: number): boolean {
    return this.seatsInUse + seats <= this.limit || this.seatsInUse === 0
  }

  #wait(ask: Ask, queues: FairQueues<Waiter>): Promise<Leave | Refusal> | Refusal {
    const since = this.#clock.now()
    let cancel: Cancel = () => {}
    let settle: Waiter['settle'] = () => {}
    const promise = new Promise<Leave | Refusal>((resolve) => {
      settle = (outcome) => {
        cancel()
        ask.stats.waiting.value--
        resolve(outcome)
      }
    })
    const waiter: Waiter = { ...ask, since, settle: (outcome) => settle(outcome) }
    const queue = queues.add(waiter, this.limit, since)
    if (!queue) return 'queue-full'
    ask.stats.waiting.value++
    ask.stats.queueLength.observe(queue.waiting.length)
    this.#demand.add(ask.seats, since)
    cancel = this.#giveUp(queues, queue, waiter)
    this.#dispatch()
    return promise
  }

  /** Ends the wait when it has lasted too long, or the client has gone. */
  #giveUp(queues: FairQueues<Waiter>, queue: Queue<Waiter>, waiter: Waiter): Cancel {
    const end = (why: Refusal) => {
      if (!queues.remove(queue, waiter)) return
      const now = this.#clock.now()
      this.#demand.add(-waiter.seats, now)
      waiter.stats.waitedInVain.observe((now - waiter.since) / 1000)
      waiter.settle(why)
    }
    const signal = waiter.signal()
    const gone = () => end('cancelled')
    signal.addEventListener('abort', gone, { once: true })
    const cancelTimer = this.#clock.after(this.#maxWaitMs, () => end('time-out'))
    if (signal.aborted) gone()
    return () => {
      cancelTimer()
      signal.removeEventListener('abort', gone)
    }
  }

  #dispatch(): void {
    const queues = this.#queues
    while (queues?.waiting) {
      const now = this.#clock.now()
      const free = this.seatsInUse === 0 ? Number.POSITIVE_INFINITY : this.limit - this.seatsInUse
      const next = queues.next(free, this.limit, now)
      if (!next) return
      const { request, queue } = next
      this.#demand.add(-request.seats, now)
      request.stats.waited.observe((now - request.since) / 1000)
      request.settle(this.#seat(request, now, { queues, queue }))
    }
  }

  #seat(
    { seats, stats, lingerMs }: Ask,
    now: number,
    from?: { queues: FairQueues<Waiter>; queue: Queue<Waiter> },
  ): Leave {
    this.executing++
    this.seatsInUse += seats
    this.#demand.add(seats, now)
    stats.dispatched.value++
    stats.executing.value++
    stats.seats.value += seats
    let left = false
    return () => {
      if (left) return
      left = true
      const end = this.#clock.now()
      this.executing--
      stats.executing.value--
      stats.seats.value -= seats
      stats.took.observe((end - now) / 1000)
      from?.queues.ended(from.queue, seats, end - now, this.limit, end)
      if (lingerMs > 0) this.#linger(seats, lingerMs)
      else this.#free(seats, end)
    }
  }

  #free(seats: number, now: number): void {
    this.seatsInUse -= seats
    this.#demand.add(-seats, now)
    if (this.#queues?.waiting) this.#dispatch()
  }

  /** Seats linger together, so that many writes need one timer. */
  #linger(seats: number, ms: number): void {
    if (this.#lingering) {
      this.#lingering.seats += seats
      return
    }
    const lingering = { seats }
    this.#lingering = lingering
    this.#clock.after(ms, () => {
      this.#lingering = undefined
      this.#free(lingering.seats, this.#clock.now())
    })
  }
}
