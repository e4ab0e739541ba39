import type { Call } from '../../api/call.ts'
import { type ApiError, badRequest, methodNotAllowed, notFound } from '../../api/errors.ts'
import type { ResourceDefinition } from '../definition.ts'
import { admit, checkAdmission } from './admit.ts'
import type { Answer } from './answer.ts'
import { decodeAs } from './body.ts'
import { readComputed } from './computed.ts'
import { callKey, errorResource, type Request } from './core.ts'
import { create } from './create.ts'
import { deleteCollection, deleteOne } from './delete.ts'
import { patch } from './patch.ts'
import { get, list } from './read.ts'
import { scaleAnswer, updateScale } from './scale.ts'
import { update } from './update.ts'

type Verb = Exclude<Call['verb'], 'watch'>

const verbs: Record<Verb, (request: Request) => Promise<Answer>> = {
  get,
  list,
  create,
  update,
  patch,
  delete: deleteOne,
  deletecollection: deleteCollection,
}

/** Does what an authorized call asks for. */
export async function execute(request: Request): Promise<Answer> {
  const { served, call } = request
  const { definition } = served
  if (call.subresource) return executeSubresource(request, call.subresource)
  if (call.verb === 'create' && definition.custom?.terminating) throw terminating(request)
  if (call.verb === 'watch' || !verbsOf(definition).includes(call.verb)) throw methodNotAllowed(served.type, call.verb)
  if (definition.compute) return readComputed(request, definition.compute)
  return verbs[call.verb](request)
}

function terminating({ served, call }: Request): ApiError {
  const error = methodNotAllowed(served.type, call.verb)
  error.status.message = `${call.verb} not allowed while custom resource definition is terminating`
  return error
}

const allVerbs = [...(Object.keys(verbs) as Verb[]), 'watch' as const].sort()

/** What can be done with a resource. */
export function verbsOf(definition: ResourceDefinition): readonly Call['verb'][] {
  return definition.verbs ?? (definition.answer ? ['create'] : allVerbs)
}

/** The verbs of each subresource that a definition has. */
export function subresourcesOf(definition: ResourceDefinition): Record<string, readonly string[]> {
  const rest = ['get', 'patch', 'update']
  return {
    ...(definition.hasStatus && { status: rest }),
    ...(definition.scale && { scale: rest }),
    ...Object.fromEntries(Object.keys(definition.partialUpdates ?? {}).map((name) => [name, rest])),
    ...Object.fromEntries(Object.keys(definition.actions ?? {}).map((name) => [name, ['create']])),
    ...definition.connects,
  }
}

async function executeSubresource(request: Request, subresource: string): Promise<Answer> {
  const { served, call } = request
  const { definition } = served
  const known = subresourcesOf(definition)
  if (!Object.hasOwn(known, subresource)) throw notFound(errorResource(definition.type), call.name ?? '')
  if (!known[subresource]?.includes(call.verb)) throw methodNotAllowed(served.type, call.verb)
  if (Object.hasOwn(definition.connects ?? {}, subresource))
    throw badRequest(`${subresource} is a stream: it is served over HTTPS only`)
  if (call.verb === 'create') return act(request, subresource)
  const scaling = subresource === 'scale' ? definition.scale : undefined
  if (call.verb === 'patch') return patch(request)
  if (call.verb === 'update') return scaling ? updateScale(request, scaling) : update(request)
  const answer = await get(request)
  return scaling ? scaleAnswer(answer, scaling) : answer
}

async function act(request: Request, subresource: string): Promise<Answer> {
  const { core, served, call, context } = request
  const action = served.definition.actions?.[subresource]
  if (!action) throw methodNotAllowed(served.type, call.verb)
  await core.feed.fresh()
  const item = served.cache.get(callKey(call))
  if (!item) throw notFound(errorResource(served.type), call.name ?? '')
  const body = await admit(request, 'CREATE', decodeAs(request, action.body, call.body))
  await checkAdmission(request, 'CREATE', body)
  return { kind: 'object', object: await action.run(item.object, body, context), code: action.code ?? 201 }
}
