import { formatTime } from '../../api/clock.ts'
import { alreadyExists, badRequest, methodNotAllowed } from '../../api/errors.ts'
import type { ObjectMeta } from '../../api/meta/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import { randomSuffix } from '../../api/random.ts'
import { admit, checkAdmission } from './admit.ts'
import { type Answer, answerItem } from './answer.ts'
import { decodeBody } from './body.ts'
import { callKey, errorResource, type Request } from './core.ts'
import { asStored, put } from './put.ts'
import { made, type Strategy } from './strategy.ts'

const generatedTries = 8
/** Generated names are cut so that the suffix fits into a label. */
const maxPrefix = 58

/** POST to a collection. */
export async function create(request: Request): Promise<Answer> {
  const { served, call, context } = request
  const { definition } = served
  if (definition.type.namespaced && !call.namespace) throw methodNotAllowed(definition.type, 'create')
  const object = decodeBody(request, call.body)
  if (definition.answer) {
    const admitted = await admit(request, 'CREATE', object)
    await checkAdmission(request, 'CREATE', admitted)
    const { kind, apiVersion } = served.type
    return { kind: 'object', object: { kind, apiVersion, ...(await definition.answer(admitted, context)) }, code: 201 }
  }
  if (object.metadata?.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
  return createObject(request, object)
}

/** Creates a decoded object: also for writes that create what they meant to update. */
export async function createObject(request: Request, decoded: KubeObject, ownsItself = false): Promise<Answer> {
  const { core, served, context } = request
  const { definition } = served
  for (let attempt = 1; ; attempt++) {
    const object = await made(request, { ...creating(request, decoded), ownsItself }, undefined)
    const allocation = await definition.allocate?.(object, undefined, context)
    const final = allocation ? allocation.object : object
    try {
      if (context.dryRun) return dryRun(request, final)
      const item = await put(core, served, final)
      if (item) {
        await allocation?.commit?.()
        return await answerItem(served, item, 201)
      }
      await allocation?.release()
    } catch (error) {
      await allocation?.release()
      throw error
    }
    const name = final.metadata?.name ?? ''
    const generated = decoded.metadata?.generateName && !decoded.metadata.name
    if (!generated || attempt === generatedTries) throw alreadyExists(errorResource(definition.type), name)
  }
}

/** The strategy of a create: takes all that a client may set on a new object. The server's metadata comes after admission. */
function creating(request: Request, decoded: KubeObject): Strategy<undefined> {
  const { served, context } = request
  const { definition } = served
  return {
    merge: () => withParts(request, inNamespace(request, decoded)),
    prepare(object) {
      const named = { ...inNamespace(request, object), metadata: newMeta(request, object.metadata ?? {}) }
      return withParts(request, definition.prepareForCreate?.(named, context) ?? named)
    },
    rules: (object) => definition.validate?.(object) ?? [],
  }
}

/** As upstream, the server drops the namespace that a manifest gives to an object of the whole cluster. */
function inNamespace({ served, call }: Request, object: KubeObject): KubeObject {
  const { metadata = {} } = object
  if (!served.definition.type.namespaced) {
    const { namespace: _, ...rest } = metadata
    return { ...object, metadata: rest }
  }
  if (metadata.namespace && metadata.namespace !== call.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  return { ...object, metadata: { ...metadata, namespace: call.namespace } }
}

function newMeta({ core, served, call }: Request, given: ObjectMeta): ObjectMeta {
  const { definition } = served
  const meta: ObjectMeta = { ...given, ...(definition.type.namespaced && { namespace: call.namespace }) }
  if (!meta.name && meta.generateName)
    meta.name = `${meta.generateName.slice(0, maxPrefix)}${randomSuffix(core.random)}`
  meta.uid = core.random.uuid()
  meta.creationTimestamp = formatTime(core.clock.now())
  if (definition.generation === 'none') delete meta.generation
  else meta.generation = 1
  for (const key of ['selfLink', 'resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    delete meta[key]
  return meta
}

/** Puts kind, apiVersion and metadata first, and adds spec and status where the kind has them. */
function withParts({ served }: Request, { kind: _, apiVersion: __, metadata, ...rest }: KubeObject): KubeObject {
  const { kind, apiVersion, type } = served.definition.type
  const object: KubeObject & { spec?: unknown; status?: unknown } = { kind, apiVersion, metadata, ...rest }
  if (type.fields.spec?.type.kind === 'message') object.spec ??= {}
  if (type.fields.status?.type.kind === 'message') object.status ??= {}
  return object
}

function dryRun({ served, call }: Request, object: KubeObject): Answer {
  const { cache, definition, other } = served
  const name = object.metadata?.name ?? ''
  if (cache.get(callKey({ ...call, name }))) throw alreadyExists(errorResource(definition.type), name)
  const answer = asStored(object)
  return { kind: 'object', object: other ? other.encode(answer) : answer, code: 201 }
}
