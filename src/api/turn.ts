/**
 * Resolves in the next turn of the event loop: all promises have settled by then as far as they can, and I/O had its chance.
 * Not a timer: it takes no time, neither real nor virtual.
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

/** All waiters for the same turn share it: a loop that gathers changes handles their changes as one. */
let coming: Promise<void> | undefined

/** Exists in Node, and is cheaper than a message channel. */
const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate

/**
 * Waits more turns of the event loop for larger tasks, so that later changes join the batch. So a loop whose work grows with
 * `size` stays cheap while many objects change, and reacts at once when few do.
 */
export async function gatherChanges(size: number): Promise<void> {
  for (let turn = Math.min(100, Math.ceil(size / 50)); turn > 1; turn--) await nextTurn()
}
