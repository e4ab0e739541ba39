import { formatTime } from '../../api/clock.ts'
import { ApiError, conflict, isRefusal, notFound } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { DeleteOptions } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored, StoredMeta } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import { selectionOf } from '../cache/selection.ts'
import { admit, checkAdmission } from './admit.ts'
import { type Answer, answerItem } from './answer.ts'
import { converted, present } from './conversion.ts'
import { callKey, errorResource, type Request } from './core.ts'
import { put, remove } from './put.ts'
import { isFinished } from './update.ts'

/** DELETE of one object. Answers a Status when it is gone, the object when it waits for finalizers or a grace period. */
export async function deleteOne(request: Request): Promise<Answer> {
  const { served } = request
  const { item, gone } = await deleteObject(request)
  if (!gone || served.definition.gracePeriodSeconds) return answerItem(served, item)
  const { group, resource } = served.type
  const details = { name: item.name, ...(group && { group }), kind: resource, uid: item.object.metadata.uid }
  return {
    kind: 'object',
    object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } as KubeObject,
  }
}

/** DELETE of a collection: each object that the selectors choose, as if it were deleted alone. */
export async function deleteCollection(request: Request): Promise<Answer> {
  const { core, served, call } = request
  await core.feed.fresh()
  const items = served.cache.list(selectionOf(served.definition, call))
  const deleted: Item[] = []
  for (const item of items) {
    const one = { ...call, name: item.name, ...(item.namespace && { namespace: item.namespace }) }
    try {
      deleted.push((await deleteObject({ ...request, call: one })).item)
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error
    }
  }
  await converted(served, deleted)
  return { kind: 'list', served, items: deleted, revision: `${core.feed.revision}` }
}

/** As `change` in update.ts, begins with the object that the cache has. */
async function deleteObject(request: Request): Promise<{ item: Item; gone: boolean }> {
  const { core, served, call, context } = request
  const { cache } = served
  const key = callKey(call)
  let compared = false
  const compare = async () => {
    if (!compared) await core.feed.fresh()
    compared = true
  }
  if (context.dryRun) await compare()
  for (;;) {
    if (!cache.get(key)) await compare()
    const item = cache.get(key)
    if (!item) throw notFound(errorResource(served.definition.type), call.name ?? '')
    try {
      const deleted = await deleteItem(request, item)
      if (!deleted) continue
      if (deleted.item === item) await compare()
      if (deleted.item !== item || cache.get(key) === item) return deleted
    } catch (error) {
      // After a failure of the store it is not known what has been written.
      if (!isRefusal(error)) throw error
      await compare()
      if (cache.get(key) === item) throw error
    }
  }
}

/** Undefined: another writer was faster. An answer with `item` itself: nothing has been written. */
async function deleteItem(request: Request, item: Item): Promise<{ item: Item; gone: boolean } | undefined> {
  const { core, served, context, deleteOptions: options = {} } = request
  const old = await present(served, item)
  checkPreconditions(request, options, old)
  await admit(request, 'DELETE', undefined, old)
  await checkAdmission(request, 'DELETE', undefined, old)
  const marked = markDeleted(request, options, old)
  const gone = isFinished(request, marked)
  if (context.dryRun || (!gone && jsonEqual(marked, old))) return { item, gone }
  const written = gone ? await remove(core, served, item) : await put(core, served, marked, item)
  if (!written) return undefined
  if (gone) await served.definition.released?.(old, context)
  return { item: written, gone }
}

function checkPreconditions({ served }: Request, { preconditions = {} }: DeleteOptions, old: Stored<KubeObject>): void {
  const { uid, resourceVersion, name } = old.metadata
  const fail = (what: string, wanted: string, present: string) =>
    conflict(
      errorResource(served.definition.type),
      name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${present}`,
    )
  if (preconditions.uid && preconditions.uid !== uid) throw fail('UID', preconditions.uid, uid)
  if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion)
    throw fail('ResourceVersion', preconditions.resourceVersion, resourceVersion)
}

/** The object as a delete request leaves it: marked, with the finalizers of its propagation policy. */
function markDeleted(
  { core, served, context }: Request,
  options: DeleteOptions,
  old: Stored<KubeObject>,
): Stored<KubeObject> {
  const { definition } = served
  const { metadata } = old
  const { gracePeriodSeconds } = options
  const requested = gracePeriodSeconds === undefined ? undefined : Number(gracePeriodSeconds)
  const grace = Math.max(0, definition.gracePeriodSeconds?.(old, requested) ?? 0)
  const first = metadata.deletionTimestamp === undefined
  const left = Number(metadata.deletionGracePeriodSeconds ?? 0)
  const seconds = first ? grace : Math.min(grace, left)
  const deletionTimestamp =
    first || seconds < left
      ? formatTime((first ? core.clock.now() : firstDeletion(metadata, left)) + seconds * 1000)
      : metadata.deletionTimestamp
  const finalizers = finalizersFor(definition.defaultPropagation, options, metadata.finalizers)
  const { finalizers: _, ...kept } = metadata
  const marked: Stored<KubeObject> = {
    ...old,
    metadata: {
      ...kept,
      ...(finalizers.length > 0 && { finalizers }),
      deletionTimestamp,
      deletionGracePeriodSeconds: seconds,
      ...(first && metadata.generation !== undefined && { generation: metadata.generation + 1 }),
    },
  }
  return definition.prepareForDelete?.(marked, context) ?? marked
}

/**
 * When the first delete request came: a later one may only shorten the time that counts from then. The end of a very long
 * grace period is not written in full, but no request came before the object was made.
 */
function firstDeletion({ deletionTimestamp = '', creationTimestamp }: StoredMeta, graceSeconds: number): number {
  return Math.max(Date.parse(deletionTimestamp) - graceSeconds * 1000, Date.parse(creationTimestamp))
}

/** `orphan` and `foregroundDeletion` are how a propagation policy reaches the garbage collector. */
function finalizersFor(
  byDefault: 'Orphan' | 'Background' = 'Background',
  { propagationPolicy, orphanDependents }: DeleteOptions,
  present: string[] = [],
): string[] {
  const asked =
    propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background')
  if (asked === undefined) {
    const already = present.includes('orphan') || present.includes('foregroundDeletion')
    return already || byDefault === 'Background' ? present : [...present, 'orphan']
  }
  const others = present.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion')
  if (asked === 'Orphan') return [...others, 'orphan']
  return asked === 'Foreground' ? [...others, 'foregroundDeletion'] : others
}
