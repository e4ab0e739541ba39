import type { Stored } from '../../src/api/object.ts'
import type { Kinds } from '../../src/testing/cluster/builtin-kinds.ts'
import type { TestCluster } from '../../src/testing/cluster/cluster.ts'
import type { Kind } from '../../src/testing/cluster/kinds.ts'

/** All objects of a kind, as they were after each change that came while `act` ran: to see what never may be. */
export async function observed<K extends Kind>(
  cluster: TestCluster,
  kind: K,
  act: () => Promise<unknown>,
): Promise<Stored<Kinds[K]>[][]> {
  const there = new Map((await cluster.list(kind)).map((object) => [object.metadata.uid, object]))
  const end = new AbortController()
  const changes = cluster.watch(kind, { signal: end.signal })
  await act()
  end.abort()
  const moments: Stored<Kinds[K]>[][] = []
  for await (const { type, object } of changes) {
    if (type === 'DELETED') there.delete(object.metadata.uid)
    else there.set(object.metadata.uid, object)
    moments.push([...there.values()])
  }
  return moments
}
