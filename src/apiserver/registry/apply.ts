import { formatTime } from '../../api/clock.ts'
import { ApiError, badRequest, conflict, messageOf } from '../../api/errors.ts'
import {
  type Application,
  apply,
  conflictError,
  ListItemError,
  type Owner,
  ownersOfAll,
  ownsAnything,
  problemsOf,
} from '../../api/machinery/apply/index.ts'
import { isPlainObject } from '../../api/machinery/decode/decode-scalar.ts'
import { groupOf, type KubeObject, type Stored } from '../../api/object.ts'
import type { Answer } from './answer.ts'
import { applyOptionsOf } from './apply-options.ts'
import { decodePatched } from './body.ts'
import { errorResource, type Request } from './core.ts'
import { withIdentity } from './identity.ts'
import { withLastApplied, withoutLastAppliedConflicts } from './last-applied.ts'
import { withManagedFields, writerOf } from './managed-fields.ts'
import { resetBy } from './reset-fields.ts'
import { change, updating } from './update.ts'
import { versionsOf } from './versions.ts'

/** PATCH with an apply configuration. Creates the object if it is not there. */
export async function applyPatch(request: Request): Promise<Answer> {
  const { served, call } = request
  const config = configOf(request, served.type)
  const ownsItself = true
  const strategy = updating(request, async (old) => withIdentity(await applied(request, config, old), old))
  const orCreate = call.subresource ? undefined : { make: () => created(request, config), ownsItself }
  return change(request, { ...strategy, ownsItself }, orCreate)
}

/** The body of an apply request as a checked manifest. @throws ApiError 400 or 422 */
export function configOf({ call, source, context }: Request, type: { kind: string; apiVersion: string }): KubeObject {
  applyOptionsOf(call)
  const { body } = call
  if (!isPlainObject(body)) throw badRequest('error decoding YAML: the body of an apply request must be an object')
  const issues = source?.duplicates ?? []
  if (issues.length > 0 && call.options.fieldValidation === 'Strict')
    throw badRequest(`error strict decoding YAML: ${issues.join(', ')}`)
  if (call.options.fieldValidation !== 'Ignore') for (const issue of issues) context.warn(issue)

  const { apiVersion, kind, metadata } = body
  if (apiVersion !== type.apiVersion || kind !== type.kind)
    throw badRequest(`invalid object type: ${groupVersionKind({ apiVersion, kind })}`)
  if (isPlainObject(metadata) && metadata.managedFields !== undefined && metadata.managedFields !== null)
    throw badRequest('metadata.managedFields must be nil')
  return body
}

function groupVersionKind({ apiVersion, kind }: Record<string, unknown>): string {
  const given = typeof apiVersion === 'string' ? apiVersion : ''
  return `${groupOf({ apiVersion: given })}/${given.split('/').at(-1)}, Kind=${typeof kind === 'string' ? kind : ''}`
}

/** The new object of an apply whose object is not there. */
async function created(request: Request, config: KubeObject): Promise<KubeObject> {
  const { uid } = config.metadata ?? {}
  const { name = '' } = request.call
  if (uid)
    throw conflict(
      errorResource(request.served.type),
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    )
  const object = await applied(request, config, undefined)
  const given = object.metadata?.name
  if (given && given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  return object
}

/** The object, in the stored version, with the manifest applied and its owners. */
async function applied(request: Request, config: KubeObject, old: Stored<KubeObject> | undefined): Promise<KubeObject> {
  const { served } = request
  const versions = versionsOf(request)
  const live = withoutOwners(old ? ((await versions.shown(old)) as KubeObject) : {})
  const { object, owners } = await appliedTo(request, {
    by: writerOf(request, 'Apply'),
    live,
    config,
    owners: (old?.metadata.managedFields ?? []) as readonly Owner[],
    reset: resetBy(request),
    versions,
  })
  const wanted = withLastApplied(request, (object ?? live) as KubeObject, config)
  const decoded = decodePatched(request, wanted, undefined, (why) =>
    failure(`failed to convert new typed object (${named(config, served.type)}) to object: ${why}`),
  )
  return withManagedFields(decoded, owners)
}

const withoutOwners = (object: KubeObject): KubeObject => withManagedFields(object, undefined)

/**
 * Applies, after a check of the manifest by its type. Fields that nobody owns, of an object that was never applied, get
 * an owner first, so that they stay.
 * @throws ApiError 409 with the conflicts
 */
export async function appliedTo(
  { core, call }: Request,
  application: Omit<Application, 'time' | 'force'>,
): Promise<{ object: unknown; owners: readonly Owner[] }> {
  const { by, live, config, reset, versions } = application
  const type = versions.type(by.apiVersion) ?? {}
  const gvk = config as { kind: string; apiVersion: string }
  const problem = problemsOf(type, config)
  if (problem) throw failure(`failed to create typed patch object (${named(config as KubeObject, gvk)}): ${problem}`)
  const time = formatTime(core.clock.now())
  // A manifest that says nothing takes nothing from anybody: it stays as it is the second time, too.
  const isKnown = application.owners.length > 0 || !ownsAnything(type, config, reset)
  const first = { by: { ...by, manager: 'before-first-apply', operation: 'Update' as const }, time }
  const owners = isKnown ? application.owners : ownersOfAll(type, live, reset, first)
  const whole = { ...application, owners, time, force: call.options.force ?? false }
  try {
    const result = await apply(whole)
    if (!('conflicts' in result)) return result
    const left = withoutLastAppliedConflicts(result.conflicts, by, live as KubeObject, type)
    if (left.length > 0) throw conflictError(left)
    return (await apply({ ...whole, force: true })) as { object: unknown; owners: readonly Owner[] }
  } catch (error) {
    if (!(error instanceof ListItemError)) throw error
    throw failure(`failed to create typed live object (${named(live as KubeObject, gvk)}): ${messageOf(error)}`)
  }
}

function named({ metadata = {} }: KubeObject, { kind, apiVersion }: { kind: string; apiVersion: string }): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}; ${groupVersionKind({ apiVersion, kind })}`
}

/** Upstream has no reason for it. */
const failure = (message: string): ApiError => new ApiError(500, '', message)
