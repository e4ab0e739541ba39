import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'
import { ApiError } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { HookContext } from '../definition.ts'
import type { Core, Request } from '../registry/core.ts'
import { deleteOne } from '../registry/delete.ts'

type Crd = Stored<CustomResourceDefinition>

/** Keeps a deleted definition until the last object of its kind has gone. */
const cleanUpFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** A definition after a delete request. */
export function markedForCleanUp(crd: Crd, { clock }: HookContext): Crd {
  const { finalizers = [] } = crd.metadata
  if (finalizers.includes(cleanUpFinalizer) || terminating(crd)) return crd
  return {
    ...crd,
    metadata: { ...crd.metadata, finalizers: [...finalizers, cleanUpFinalizer] },
    status: {
      ...crd.status,
      conditions: withCondition(
        crd.status.conditions ?? [],
        {
          type: 'Terminating',
          status: 'True',
          reason: 'InstanceDeletionPending',
          message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
        },
        clock,
      ),
    },
  }
}

const terminating = ({ status }: Crd) => conditionOf(status.conditions, 'Terminating') !== undefined

/** Deletes the objects of a definition that is being deleted, then releases the definition. */
export async function cleanUp(core: Core, crd: Crd, cache: ResourceCache | undefined): Promise<void> {
  if (!crd.metadata.finalizers?.includes(cleanUpFinalizer)) return
  if (cache) {
    await cache.filling
    await core.feed.fresh()
    const left = cache.list({}).filter(({ object }) => !object.metadata.deletionTimestamp)
    if (cache.size > 0)
      await update(core, crd, {
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message: 'CustomResource deletion is in progress',
      })
    await Promise.all(left.map((item) => deleteOne(requestOf(core, cache, item)).catch(unlessGone)))
    // Other finalizers remain: continue when the last of the objects is gone.
    if (cache.size > 0) return
  }
  const done = { status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' }
  await update(core, crd, done, true)
}

/** A delete request of the server itself: the server need not serve the stored version. */
function requestOf(core: Core, cache: ResourceCache, { namespace, name }: Item): Request {
  const { definition } = cache
  const { type } = definition
  const { group, version, resource } = type
  const user = { name: 'system:apiserver', groups: ['system:masters'] }
  const { clock, random, objects } = core
  const authorize = async () => ({ allowed: true })
  return {
    core: { ...core, admission: [] },
    served: { definition, type, cache },
    call: { verb: 'delete', user, group, version, resource, name, ...(namespace && { namespace }), options: {} },
    context: { user, clock, random, objects, dryRun: false, warn() {}, annotate() {}, authorize },
  }
}

async function update(
  { objects, clock }: Core,
  { metadata: { name } }: Crd,
  condition: { status: string; reason: string; message: string },
  done = false,
): Promise<void> {
  try {
    await objects.update<CustomResourceDefinition>(
      CustomResourceDefinitions,
      { name },
      (present) => {
        const finalizers = (present.metadata.finalizers ?? []).filter((f) => !done || f !== cleanUpFinalizer)
        const conditions = withCondition(present.status.conditions ?? [], { type: 'Terminating', ...condition }, clock)
        return { ...present, metadata: { ...present.metadata, finalizers }, status: { ...present.status, conditions } }
      },
      { subresource: 'status' },
    )
  } catch (error) {
    unlessGone(error)
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.code === 404)) throw error
}
