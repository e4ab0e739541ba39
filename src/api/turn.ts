/**
 * Resolves in the next turn of the event loop: everything that promises alone can move has moved by then, and I/O had
 * its chance. Not a timer: it takes no time, neither real nor virtual.
 */
export function nextTurn(): Promise<void> {
  coming ??= new Promise<void>((resolve) => {
    const begin = () => {
      coming = undefined
      resolve()
    }
    if (immediate) immediate(begin)
    else {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        begin()
      }
      port2.postMessage(null)
    }
  })
  return coming
}

/** All that wait for the same turn go on together: what they do in it is one change to a loop that gathers changes. */
let coming: Promise<void> | undefined

/** Where there is one (Node): cheaper than a message channel. */
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate

/**
 * Lets go by the more turns of the event loop, the larger a task is: what changes meanwhile is worked on with it. So a
 * loop whose work grows with `size` stays cheap while many things change, and costs no time when little does.
 */
export async function gatherChanges(size: number): Promise<void> {
  for (let turn = Math.min(100, Math.ceil(size / 50)); turn > 1; turn--) await nextTurn()
}
