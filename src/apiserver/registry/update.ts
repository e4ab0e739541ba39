import { badRequest, codeOf, conflict, fieldError, invalid, isRefusal, modified, notFound } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { atRevision, type Item } from '../cache/item.ts'
import { type Answer, answerItem } from './answer.ts'
import { decodeBody } from './body.ts'
import { present } from './conversion.ts'
import { callKey, errorResource, type Request } from './core.ts'
import { createObject } from './create.ts'
import { doorOf } from './doors.ts'
import { isUnchanged } from './managed-fields.ts'
import { asStored, put, remove } from './put.ts'
import { made, type Strategy } from './strategy.ts'

/** PUT of an object or of one of its subresources that have the object's own form. */
export async function update(request: Request): Promise<Answer> {
  const { served, call } = request
  const wanted = decodeBody(request, call.body)
  const { definition } = served
  const { name, namespace } = wanted.metadata ?? {}
  if (!name) throw badRequest('the name of the object (based on URL) was undeterminable: name must be provided')
  if (name !== call.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`)
  if (definition.type.namespaced && namespace && namespace !== call.namespace)
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${call.namespace})`,
    )
  return change(
    request,
    updating(request, () => wanted),
    definition.createOnUpdate && !call.subresource ? { make: () => wanted } : undefined,
  )
}

/**
 * The strategy of a write through the door that the call names. `wanted` makes the requested object from the present
 * one: the body of a PUT, or the patched object.
 */
export function updating(
  request: Request,
  wanted: (old: Stored<KubeObject>) => KubeObject | Promise<KubeObject>,
  door = doorOf(request.served.definition, request.call.subresource),
): Strategy {
  const { definition } = request.served
  return {
    async merge(old) {
      const asked = await wanted(old)
      checkConditions(request, asked, old)
      return door.keep(definition, asked, old)
    },
    prepare: (object, old) => door.prepare(definition, door.keep(definition, object, old), old, request.context),
    rules: (object, old) => door.rules(definition, object, old),
  }
}

/** Checks a written object's uid and resourceVersion against the object it replaces. */
function checkConditions({ served, call }: Request, wanted: KubeObject, old: Stored<KubeObject>): void {
  const { definition } = served
  const resource = errorResource(definition.type)
  const { name } = old.metadata
  const { resourceVersion, uid } = wanted.metadata ?? {}
  if (uid && uid !== old.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    )
  if (resourceVersion && resourceVersion !== '0') {
    if (resourceVersion !== old.metadata.resourceVersion) throw modified(resource, name)
  } else if (definition.unconditionalUpdate === false && call.verb === 'update')
    throw invalid(definition.type, name, [
      fieldError.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ])
}

/** What is created when there is nothing to update. */
interface NewObject extends Pick<Strategy, 'ownsItself'> {
  make(): KubeObject | Promise<KubeObject>
}

/**
 * Reads the present object, makes the wanted one from it, and writes it; starts again if another writer was faster.
 * `orCreate` is created when there is nothing to update.
 */
export async function change(request: Request, strategy: Strategy, orCreate?: NewObject): Promise<Answer> {
  const { cache } = request.served
  if (request.context.dryRun) return changeNow(request, strategy, orCreate)
  return cache.turns.take(callKey(request.call), (leave) => changeNow({ ...request, leave }, strategy, orCreate))
}

/**
 * Begins with the object that the cache has: most writes then take one round trip to the store, which refuses them if another
 * server was faster. Only what the write itself cannot find out, a refusal or that nothing changes, is checked against the
 * store before it is answered.
 */
async function changeNow(request: Request, strategy: Strategy, orCreate: NewObject | undefined): Promise<Answer> {
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
    try {
      const answer = await (item ? replace(request, strategy, item) : createInstead(request, orCreate))
      if (!answer) continue
      if (answer.kind === 'item' && answer.item === item) await compare()
      if (answer.kind !== 'item' || answer.item !== item || cache.get(key) === item) return answer
    } catch (error) {
      // After a failure of the store it is not known what has been written.
      if (!isRefusal(error)) throw error
      await compare()
      if (cache.get(key) === item) throw error
    }
  }
}

/** For an object that is not there. Undefined: another writer has created it in between, so that it is updated after all. */
async function createInstead(request: Request, orCreate: NewObject | undefined): Promise<Answer | undefined> {
  const { served, call } = request
  if (!orCreate) throw notFound(errorResource(served.definition.type), call.name ?? '')
  try {
    return await createObject(request, await orCreate.make(), orCreate.ownsItself)
  } catch (error) {
    if (served.cache.get(callKey(call)) && codeOf(error) === 409) return undefined
    throw error
  }
}

/** Undefined: another writer was faster. An answer with `item` itself: nothing is to be changed. */
async function replace(request: Request, strategy: Strategy, item: Item): Promise<Answer | undefined> {
  const { core, served, context } = request
  const { definition } = served
  const old = await present(served, item)
  const object = await made(request, strategy, old)
  // The same value is written again when it is stored under an old key.
  const isStale = core.store.isStale?.(served.cache.storeKey(item.key)) ?? false
  if (!isStale && isUnchanged(object, old)) return answerItem(served, item)

  const allocation = await definition.allocate?.(object, old, context)
  try {
    const final = allocation?.object ?? object
    if (context.dryRun) {
      const answer = asStored({
        ...final,
        metadata: { ...final.metadata, resourceVersion: old.metadata.resourceVersion },
      })
      return { kind: 'object', object: served.other ? served.other.encode(answer) : answer }
    }
    const written = isFinished(request, final)
      ? await finish(request, final, item)
      : await put(core, served, final, item)
    if (written) {
      await allocation?.commit?.()
      return await answerItem(served, written)
    }
    await allocation?.release()
    return undefined
  } catch (error) {
    await allocation?.release()
    throw error
  }
}

/** Whether an object under deletion has no grace period and no finalizer left. */
export function isFinished({ served }: Pick<Request, 'served'>, { metadata = {}, ...rest }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    !metadata.finalizers?.length &&
    !served.definition.moreFinalizers?.({ metadata, ...rest } as Stored<KubeObject>).length
  )
}

async function finish({ core, served, context }: Request, final: KubeObject, item: Item): Promise<Item | undefined> {
  const removed = await remove(core, served, item)
  if (!removed) return undefined
  await served.definition.released?.(item.object, context)
  return served.cache.itemOf(item.key, removed.stored, removed.revision, atRevision(final, removed.revision))
}
