/** A client on a real connection may react this much later, in milliseconds of the machine's time. */
const thinkingMs = 15
/** The most that one turn of the event loop counts: on a busy machine, clients do not run during a long turn either. */
const longestTurnMs = 1

/** The clients at the other end of a cluster's port, while there is one. */
export interface Audience {
  /** Marks that a port is open from now on. */
  open(): void
  /** Marks an event that may make a client send a request. */
  stir(): void
  /** Whether clients have seen an event recently, and may be about to react. Call it in each turn of the event loop. */
  expectsRequests(): boolean
}

export function audience(): Audience {
  let isOpen = false
  let waited = 0
  let asked = 0
  return {
    open() {
      isOpen = true
    },
    stir() {
      waited = 0
    },
    expectsRequests() {
      const now = performance.now()
      waited += Math.min(now - asked, longestTurnMs)
      asked = now
      return isOpen && waited < thinkingMs
    },
  }
}
