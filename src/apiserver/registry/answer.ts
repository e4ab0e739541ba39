import type { KubeObject } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import type { Served } from './core.ts'

/** What a call answers, in the cache's form, so that its bytes are encoded once. */
export type Answer =
  | { kind: 'item'; served: Served; item: Item; code?: number }
  | { kind: 'list'; served: Served; items: Item[]; revision: string; continue?: string; remaining?: number }
  | { kind: 'object'; object: KubeObject; code?: number }

/** An answer as an object. */
export function whole(answer: Answer): KubeObject {
  if (answer.kind === 'object') return answer.object
  if (answer.kind === 'item') return inServedVersion(answer.served, answer.item)
  const { apiVersion } = answer.served.type
  const items = answer.items.map((item) => inServedVersion(answer.served, item))
  return { kind: listKind(answer.served), apiVersion, metadata: listMeta(answer), items } as KubeObject
}

/** An item in the version a resource is served in. */
export const inServedVersion = ({ other }: Served, item: Item): KubeObject =>
  other ? other.encode(item.object) : item.object

export const listKind = ({ definition, type }: Served): string => definition.listKind ?? `${type.kind}List`

/** The metadata of a list; the same for all forms of its items. */
export const listMeta = ({ revision, continue: token, remaining }: Answer & { kind: 'list' }) => ({
  resourceVersion: revision,
  ...(token && { continue: token }),
  ...(remaining !== undefined && { remainingItemCount: remaining }),
})
