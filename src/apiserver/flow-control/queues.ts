import { handOf } from './shuffle-sharding.ts'

/** Something that waits for seats. */
export interface Waiting {
  /** Requests of one flow share a hand of queues. */
  flow: string
  seats: number
}

/** How a level queues. */
export interface QueueShape {
  queues: number
  handSize: number
  queueLengthLimit: number
}

/** One queue. It is also what a request that was dispatched from it gives back when it ends. */
export interface Queue<W> {
  readonly index: number
  readonly waiting: W[]
  waitingSeats: number
  executing: number
  executingSeats: number
  /** The virtual time at which its next request starts. */
  nextStart: number
}

/** What a request is thought to take until it has ended, in milliseconds. Upstream's figure. */
const estimatedMs = 3

/**
 * Fair queues: a virtual time runs for all of them at once, as if every queue that has requests were served at the same
 * speed, a little at a time. The queue whose next request starts first by that time is next. (Fair queuing by bytes, of
 * packets, with seats times milliseconds in the place of bytes; KEP-1040.)
 */
export class FairQueues<W extends Waiting> {
  waiting = 0
  waitingSeats = 0
  #shape: QueueShape
  #queues: Queue<W>[]
  /** Queues with requests, waiting or executing. */
  readonly #active = new Set<Queue<W>>()
  #virtual = 0
  #at: number
  /** Where the search for the next queue begins, so that equal ones take turns. */
  #turn = 0

  constructor(shape: QueueShape, now: number) {
    this.#shape = shape
    this.#queues = emptyQueues(shape.queues)
    this.#at = now
  }

  /** All queues of the present shape, and older ones that still have requests. */
  get all(): Queue<W>[] {
    return [...new Set([...this.#queues, ...this.#active])]
  }

  /** New arrivals go by another shape; what waits, waits on. */
  reshape(shape: QueueShape): void {
    if (shape.queues !== this.#shape.queues) this.#queues = emptyQueues(shape.queues)
    this.#shape = shape
  }

  /** Adds a request to the least loaded queue of its flow's hand; false: that one is full. */
  add(request: W, limit: number, now: number): Queue<W> | false {
    this.#advance(limit, now)
    const { queues, handSize, queueLengthLimit } = this.#shape
    let best: Queue<W> | undefined
    for (const index of handOf(request.flow, queues, handSize)) {
      const queue = this.#queues[index]
      if (queue && (!best || loadOf(queue) < loadOf(best))) best = queue
    }
    if (!best || best.waiting.length >= queueLengthLimit) return false
    if (!this.#active.has(best)) {
      best.nextStart = this.#virtual
      this.#active.add(best)
    }
    best.waiting.push(request)
    best.waitingSeats += request.seats
    this.waiting++
    this.waitingSeats += request.seats
    return best
  }

  /** Takes the next request, if it fits into `free` seats. */
  next(free: number, limit: number, now: number): { request: W; queue: Queue<W> } | undefined {
    if (this.waiting === 0) return undefined
    this.#advance(limit, now)
    const queue = this.#nextQueue()
    const request = queue?.waiting[0]
    if (!queue || !request || request.seats > free) return undefined
    queue.waiting.shift()
    this.#left(queue, request)
    queue.executing++
    queue.executingSeats += request.seats
    queue.nextStart += request.seats * estimatedMs
    this.#turn = queue.index + 1
    return { request, queue }
  }

  /** A dispatched request has ended: its queue is charged for what it took. */
  ended(queue: Queue<W>, seats: number, tookMs: number, limit: number, now: number): void {
    this.#advance(limit, now)
    queue.executing--
    queue.executingSeats -= seats
    queue.nextStart += seats * (tookMs - estimatedMs)
    this.#retire(queue)
  }

  /** A request has given up. Returns false if it does not wait any more. */
  remove(queue: Queue<W>, request: W): boolean {
    const place = queue.waiting.indexOf(request)
    if (place < 0) return false
    queue.waiting.splice(place, 1)
    this.#left(queue, request)
    this.#retire(queue)
    return true
  }

  #left(queue: Queue<W>, { seats }: W): void {
    queue.waitingSeats -= seats
    this.waiting--
    this.waitingSeats -= seats
  }

  #retire(queue: Queue<W>): void {
    if (queue.executing === 0 && queue.waiting.length === 0) this.#active.delete(queue)
  }

  #nextQueue(): Queue<W> | undefined {
    let best: Queue<W> | undefined
    const distance = ({ index }: Queue<W>) => (index - this.#turn + this.#queues.length) % this.#queues.length
    for (const queue of this.#active) {
      if (queue.waiting.length === 0) continue
      const isBetter =
        !best ||
        queue.nextStart < best.nextStart ||
        (queue.nextStart === best.nextStart && distance(queue) < distance(best))
      if (isBetter) best = queue
    }
    return best
  }

  /** Virtual time passes the slower, the more queues share the seats. */
  #advance(limit: number, now: number): void {
    const elapsed = now - this.#at
    this.#at = now
    if (elapsed <= 0 || this.#active.size === 0) return
    let demand = 0
    for (const { waitingSeats, executingSeats } of this.#active) demand += waitingSeats + executingSeats
    this.#virtual += (elapsed * Math.min(demand, limit)) / this.#active.size
  }
}

const loadOf = ({ waitingSeats, executingSeats }: Queue<unknown>): number => waitingSeats + executingSeats

const emptyQueues = <W>(count: number): Queue<W>[] =>
  Array.from({ length: count }, (_, index) => ({
    index,
    waiting: [],
    waitingSeats: 0,
    executing: 0,
    executingSeats: 0,
    nextStart: 0,
  }))
