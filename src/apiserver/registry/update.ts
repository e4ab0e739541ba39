import { badRequest, conflict, fieldError, invalid, modified, notFound } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ObjectMeta } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { atRevision, type Item } from '../cache/item.ts'
import { admit, checkAdmission } from './admit.ts'
import type { Answer } from './answer.ts'
import { decodeBody } from './body.ts'
import { callKey, type Request } from './core.ts'
import { createObject, errorResource } from './create.ts'
import { validateMeta, validateMetaUpdate } from './object-meta.ts'
import { put, remove } from './put.ts'

/** Marks a write of the server itself: of the whole object, status and all, as it is made and not as clients may. */
export const internalWrite = '*'

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
  return change(request, () => wanted, definition.createOnUpdate && !call.subresource ? wanted : undefined)
}

/**
 * Reads the present object, makes the wanted one out of it, writes it where nobody was faster, else does it again.
 * `orCreate` is created when there is nothing to update.
 */
export async function change(
  request: Request,
  makeWanted: (old: Stored<KubeObject>) => KubeObject | Promise<KubeObject>,
  orCreate?: KubeObject,
): Promise<Answer> {
  const { cache } = request.served
  const write = () => changeNow(request, makeWanted, orCreate)
  return request.context.dryRun ? write() : cache.turns.take(callKey(request.call), write)
}

async function changeNow(
  request: Request,
  makeWanted: (old: Stored<KubeObject>) => KubeObject | Promise<KubeObject>,
  orCreate: KubeObject | undefined,
): Promise<Answer> {
  const { core, served, call, context } = request
  const { definition, cache } = served
  const key = callKey(call)
  await core.feed.fresh()
  for (;;) {
    const item = cache.get(key)
    if (!item) {
      if (orCreate) return createObject(request, orCreate)
      throw notFound(errorResource(definition.type), call.name ?? '')
    }
    const old = item.object
    const object = await checked(request, await makeWanted(old), old)
    if (jsonEqual(object, old)) return { kind: 'item', served, item }

    const allocation = await definition.allocate?.(object, old, context)
    try {
      const final = allocation?.object ?? object
      if (context.dryRun) {
        const answer = { ...final, metadata: { ...final.metadata, resourceVersion: old.metadata.resourceVersion } }
        return { kind: 'object', object: served.other ? served.other.encode(answer as Stored<KubeObject>) : answer }
      }
      const written = isFinished(request, final)
        ? await finish(request, final, item)
        : await put(core, served, final, item)
      if (written) {
        await allocation?.commit?.()
        return { kind: 'item', served, item: written }
      }
      await allocation?.release()
    } catch (error) {
      await allocation?.release()
      throw error
    }
  }
}

/** The object to store: metadata kept in order, the definition's rules applied, admitted and validated. */
async function checked(request: Request, wanted: KubeObject, old: Stored<KubeObject>): Promise<KubeObject> {
  const { served, call } = request
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

  const admitted = await admit(request, 'UPDATE', merged(request, wanted, old), old)
  const object = prepared(request, merged(request, admitted, old), old)
  const errors = [
    ...validateMeta(object.metadata ?? {}, definition),
    ...validateMetaUpdate(object.metadata ?? {}, old.metadata),
    ...rulesOf(request, object, old),
  ]
  if (errors.length > 0) throw invalid(definition.type, name, errors)
  await checkAdmission(request, 'UPDATE', object, old)
  return object
}

/** What is the server's stays; what the subresource does not write stays. */
function merged({ served, call }: Request, wanted: KubeObject, old: Stored<KubeObject>): Stored<KubeObject> {
  const metadata = keptMeta(wanted.metadata ?? {}, old)
  const { definition } = served
  const { kind, apiVersion } = definition.type
  if (call.subresource === 'status') {
    // A custom resource may have no status at all.
    const status = statusOf(wanted) ?? (definition.custom ? undefined : {})
    const { status: _, ...rest } = old as Stored<KubeObject> & { status?: unknown }
    return { ...rest, metadata, ...(status !== undefined && { status }) } as Stored<KubeObject>
  }
  const { kind: _, apiVersion: __, metadata: ___, ...rest } = wanted
  if (call.subresource === internalWrite) return { kind, apiVersion, metadata, ...rest } as Stored<KubeObject>
  const object: KubeObject & { spec?: unknown; status?: unknown } = { kind, apiVersion, metadata, ...rest }
  if (definition.type.type.fields.spec?.type.kind === 'message') object.spec ??= {}
  // Of what a partial update writes, its own `prepare` says which parts are taken.
  const isPartial = call.subresource !== undefined && definition.partialUpdates?.[call.subresource] !== undefined
  if (definition.hasStatus && !isPartial) {
    const status = statusOf(old)
    if (status === undefined) delete object.status
    else object.status = status
  }
  return object as Stored<KubeObject>
}

const statusOf = (object: KubeObject): unknown => (object as { status?: unknown }).status

function keptMeta(wanted: ObjectMeta, { metadata: old }: Stored<KubeObject>): Stored<KubeObject>['metadata'] {
  const { selfLink: _, generation: __, ...meta } = wanted
  return {
    ...meta,
    name: meta.name ?? old.name,
    ...((meta.namespace ?? old.namespace) && { namespace: meta.namespace ?? old.namespace }),
    uid: old.uid,
    creationTimestamp: old.creationTimestamp,
    resourceVersion: old.resourceVersion,
    ...(old.generation !== undefined && { generation: old.generation }),
    ...(old.deletionTimestamp && { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
  }
}

function prepared({ served, call, context }: Request, object: Stored<KubeObject>, old: Stored<KubeObject>): KubeObject {
  const { definition } = served
  if (call.subresource === internalWrite) return object
  if (call.subresource === 'status')
    return definition.prepareForStatusUpdate ? definition.prepareForStatusUpdate(object, old, context) : object
  const partial = call.subresource && definition.partialUpdates?.[call.subresource]
  const ready = partial ? partial.prepare(object, old) : (definition.prepareForUpdate?.(object, old, context) ?? object)
  const rule = definition.generation ?? 'spec'
  if (rule === 'none' || !hasChanged(rule, ready, old)) return ready
  return { ...ready, metadata: { ...ready.metadata, generation: (old.metadata.generation ?? 0) + 1 } }
}

function hasChanged(rule: 'spec' | 'all' | 'whole', object: KubeObject, old: KubeObject): boolean {
  const counted = (o: KubeObject) =>
    rule === 'spec'
      ? (o as { spec?: unknown }).spec
      : { ...o, metadata: undefined, ...(rule === 'all' && { status: undefined }) }
  return !jsonEqual(counted(object), counted(old))
}

function rulesOf({ served, call }: Request, object: KubeObject, old: Stored<KubeObject>) {
  const { definition } = served
  if (call.subresource === internalWrite) return []
  if (call.subresource === 'status') return definition.validateStatusUpdate?.(object, old) ?? []
  const partial = call.subresource ? definition.partialUpdates?.[call.subresource] : undefined
  if (partial) return partial.validate(object, old)
  return [...(definition.validate?.(object, old) ?? []), ...(definition.validateUpdate?.(object, old) ?? [])]
}

/** The last finalizer of an object under deletion is gone, and with it the object. */
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
