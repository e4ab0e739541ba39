/**
 * The hand of queues of a flow: `handSize` different numbers below `queues`, which follow from the flow's name alone. Two
 * flows seldom have the same hand, so a flow that fills all of its queues leaves most others one that is free.
 */
export function handOf(flow: string, queues: number, handSize: number): number[] {
  let entropy = hash64(flow)
  const hand: number[] = []
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt++) {
    const left = BigInt(queues - dealt)
    let card = Number(entropy % left)
    entropy /= left
    // `card` counts the cards that are left: those of the hand before it are not among them.
    for (const taken of [...hand].sort((a, b) => a - b)) if (card >= taken) card++
    hand.push(card)
  }
  return hand
}

/** FNV-1a of 64 bits, with its bits mixed again (the finalizer of MurmurHash3), as similar names must give unlike hands. */
function hash64(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  for (const factor of [0xff51afd7ed558ccdn, 0xc4ceb9fe1a85ec53n])
    hash = BigInt.asUintN(64, (hash ^ (hash >> 33n)) * factor)
  return hash ^ (hash >> 33n)
}
