import { type Answer, decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet'
import { answer, type Reply } from './answer.ts'
import type { Zone } from './zone.ts'

/** A chain longer than this is a loop. */
const mostSteps = 10

/**
 * Completes a reply that ends in a CNAME with the records that it leads to, in the cluster or outside of it, as the
 * resolvers of containers do not ask for them themselves. An alias of a name in the cluster that has no such records has
 * none either; one of a name outside stays, even if no server answers for that.
 */
export async function followed(
  zone: Zone,
  reply: Reply,
  { id = 0, type }: { id?: number; type: RecordType },
  ask: (query: Uint8Array) => Promise<Uint8Array>,
): Promise<Answer[]> {
  const chain = [...reply.answers]
  if (type === 'CNAME') return chain
  for (let step = 0; step < mostSteps; step++) {
    const last = chain.at(-1)
    if (last?.type !== 'CNAME') return chain
    const inCluster = answer(zone, { type, name: last.data })
    if (!inCluster) return [...chain, ...(await outside({ id, type, name: last.data }, ask))]
    if (inCluster.answers.length === 0) return []
    chain.push(...inCluster.answers)
  }
  return []
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
