import type { KubeObject } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import { converted, inServedVersion } from './conversion.ts'
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

/** The answer with one item, which can be shown. @throws ApiError 500 when its conversion fails */
export async function answerItem(served: Served, item: Item, code?: number): Promise<Answer> {
  await converted(served, [item])
  return { kind: 'item', served, item, ...(code && { code }) }
}

export const listKind = ({ definition, type }: Served): string => definition.listKind ?? `${type.kind}List`

/** The metadata of a list; the same for all forms of its items. */
export const listMeta = ({ revision, continue: token, remaining }: Answer & { kind: 'list' }) => ({
  resourceVersion: revision,
  ...(token && { continue: token }),
  ...(remaining !== undefined && { remainingItemCount: remaining }),
})
