import type { Cancel, Clock } from '../api/clock.ts'
import type { EtcdClient } from './etcd-client.ts'
import { revisionOf } from './etcd-schema.ts'

/** The key by which kube-apiservers, and ours, take turns at compaction and record its progress. */
const compactKey = Buffer.from('compact_rev_key')

/** Every `intervalMs`, one of the API servers on this etcd compacts the history older than one interval. */
export function startCompactor(client: EtcdClient, clock: Clock, intervalMs: number): Cancel {
  let version = 0
  let revision = 0
  let stopped = false
  let cancel = clock.after(intervalMs, tick)

  async function tick(): Promise<void> {
    try {
      await turn()
    } catch {
      // etcd does not answer: the next turn catches up.
    }
    if (!stopped) cancel = clock.after(intervalMs, tick)
  }

  async function turn(): Promise<void> {
    const answer = await client.call(
      'KV',
      'Txn',
      {
        compare: [{ result: 'EQUAL', target: 'VERSION', key: compactKey, version }],
        success: [{ requestPut: { key: compactKey, value: Buffer.from(String(revision)) } }],
        failure: [{ requestRange: { key: compactKey } }],
      },
      'write',
    )
    const compactTo = revision
    revision = revisionOf(answer)
    if (answer.succeeded) {
      version++
      if (compactTo > 0) await client.call('KV', 'Compact', { revision: compactTo }, 'write')
      return
    }
    // Another server had this turn; use its version for the next one.
    version = answer.responses[0]?.responseRange?.kvs[0]?.version ?? 0
  }

  return () => {
    stopped = true
    cancel()
  }
}
