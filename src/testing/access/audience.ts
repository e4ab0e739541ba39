/** A client on a real connection may answer so much later, in milliseconds of the machine's time. */
const thinkingMs = 15
/** A turn of the event loop counts for no more: on a busy machine nobody was thinking while it took long. */
const longestTurnMs = 1

/** The clients at the other end of a cluster's port, while there is one. */
export interface Audience {
  /** There is a port from now on. */
  open(): void
  /** Something has happened that may make one of them ask. */
  stir(): void
  /** They have seen something a moment ago, and may be about to ask. To be called in each turn of the event loop. */
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
