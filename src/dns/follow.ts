import { type Answer, decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet'
import { answer } from './answer.ts'
import type { Zone } from './zone.ts'

/** A chain longer than this is a loop. */
const mostSteps = 8

/**
 * The records that the CNAME at the end of some answers leads to, in the cluster or outside of it: the resolvers of
 * containers do not ask for them themselves. A target that cannot be asked for adds nothing.
 */
export async function followed(
  zone: Zone,
  answers: Answer[],
  { id = 0, type }: { id?: number; type: RecordType },
  ask: (query: Uint8Array) => Promise<Uint8Array>,
): Promise<Answer[]> {
  if (type !== 'A' && type !== 'AAAA') return []
  const more: Answer[] = []
  for (let step = 0; step < mostSteps; step++) {
    const last = more.at(-1) ?? answers.at(-1)
    if (last?.type !== 'CNAME') break
    const inCluster = answer(zone, { type, name: last.data })
    if (inCluster) {
      if (inCluster.answers.length === 0) break
      more.push(...inCluster.answers)
    } else {
      more.push(...(await outside({ id, type, name: last.data }, ask)))
      break
    }
  }
  return more
}

async function outside(
  { id, type, name }: { id: number; type: RecordType; name: string },
  ask: (query: Uint8Array) => Promise<Uint8Array>,
): Promise<Answer[]> {
  const query = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] })
  try {
    return decode(Buffer.from(await ask(query))).answers ?? []
  } catch {
    return []
  }
}
