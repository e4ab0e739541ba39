import { notFound } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { encodeForStore, type Item } from '../cache/item.ts'
import { selectionOf } from '../cache/selection.ts'
import type { Answer } from './answer.ts'
import { errorResource, type Request } from './core.ts'

/** A get or a list of a resource whose objects are made for each request, and not stored. */
export async function readComputed(
  { served, call, context }: Request,
  compute: (context: Request['context']) => Promise<KubeObject[]>,
): Promise<Answer> {
  const { kind, apiVersion } = served.type
  const all = (await compute(context)).map((object): Item => {
    const whole = { kind, apiVersion, ...object } as Stored<KubeObject>
    return served.cache.itemOf(whole.metadata.name, encodeForStore(whole), 0, whole)
  })
  if (call.verb === 'get') {
    const item = all.find(({ name }) => name === call.name)
    if (!item) throw notFound(errorResource(served.type), call.name ?? '')
    return { kind: 'item', served, item }
  }
  const { matches } = selectionOf(served.definition, call)
  return { kind: 'list', served, items: matches ? all.filter(matches) : all, revision: '' }
}
