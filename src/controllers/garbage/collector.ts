import { CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { sleep } from '../../api/clock.ts'
import { builtinResources } from '../../api/resources.ts'
import { routinely } from '../../api/routine.ts'
import type { AnyResource } from '../../client/loose-resource.ts'
import type { Context, Controller, KeyQueue } from '../../controller/controller.ts'
import { OwnerGraph } from './graph.ts'
import { collect, findResource, type GarbageWork, verifyOwner } from './work.ts'

/** Wait before another look at an owner that exists but that its informer has not shown yet. */
const unseenOwnerMs = 5_000
/** The longest wait for informers to sync: one broken resource must not stop everything. */
const longestSyncMs = 30_000
/** Time between looks at the list of resources; CustomResourceDefinitions take effect at once. */
const lookAtResourcesMs = 30_000
/** Events have no owners and own nothing, and there are many of them. */
const ignored = new Set(['events', 'events.events.k8s.io'])

/**
 * Deletes objects after their owners. Watches all resources, and keeps a graph of owners and dependents:
 *
 * - background: an owner is gone -> its dependents that no other living owner keeps are deleted;
 * - foreground: an owner waits, with the finalizer `foregroundDeletion`, for its dependents with `blockOwnerDeletion`;
 * - orphan: an owner with the finalizer `orphan` waits until its dependents no longer refer to it.
 */
export function garbageCollector(ctx: Context, resources: () => AnyResource[]): Controller {
  const graph = new OwnerGraph()
  const followed = new Map<string, () => void>()
  const absent = new Set<string>()
  let queue: KeyQueue | undefined
  const look = (uids: string[]) => {
    for (const uid of uids) queue?.add(uid)
  }
  const work: GarbageWork = { ctx, graph, absent, look, resourceOf: (kind) => findResource(resources(), kind) }

  function follow(resource: AnyResource): Promise<void> {
    const informer = ctx.informers.of(resource)
    const removeHandler = informer.on({
      added: (object) => look(graph.put(resource, object)),
      updated: (object) => look(graph.put(resource, object)),
      deleted: ({ metadata: { uid } }) => look(graph.remove(uid)),
    })
    followed.set(nameOf(resource), () => {
      removeHandler()
      // The watch of a removed resource would fail for ever; but others may share the informers of built-in ones.
      if (!builtin.has(`${resource.apiVersion} ${resource.resource}`)) ctx.informers.drop(resource)
      for (const { metadata } of informer.list()) look(graph.remove(metadata.uid))
    })
    return informer.synced
  }

  /** Starts to watch new resources and stops watching removed ones. */
  function adjust(): Promise<void>[] {
    const present = new Map(resources().map((resource) => [nameOf(resource), resource]))
    for (const [name, leave] of followed) {
      if (present.has(name)) continue
      followed.delete(name)
      leave()
    }
    return [...present].flatMap(([name, resource]) =>
      followed.has(name) || ignored.has(name) ? [] : [follow(resource)],
    )
  }

  function adjustNowAndThen(signal: AbortSignal): void {
    if (signal.aborted) return
    const cancel = routinely(ctx.clock, lookAtResourcesMs, () => {
      signal.removeEventListener('abort', cancel)
      adjust()
      adjustNowAndThen(signal)
    })
    signal.addEventListener('abort', cancel, { once: true })
  }

  return {
    name: 'garbage-collector',
    watches: [],
    workers: 20,
    async start(signal, own) {
      queue = own
      const waited = new AbortController()
      const timeout = sleep(ctx.clock, longestSyncMs, AbortSignal.any([signal, waited.signal]))
      const definitions = ctx.informers.of(CustomResourceDefinitions)
      await Promise.race([definitions.synced, timeout])
      const synced = adjust()
      const adjustSoon = () => void adjust()
      const stopFollowing = definitions.on({ added: adjustSoon, updated: adjustSoon, deleted: adjustSoon })
      signal.addEventListener('abort', stopFollowing, { once: true })
      await Promise.race([Promise.all(synced), timeout])
      waited.abort()
      adjustNowAndThen(signal)
    },
    async reconcile(uid) {
      const node = graph.get(uid)
      if (!node) return undefined
      if (node.object) return collect(work, node)
      return (await verifyOwner(work, node)) ? undefined : { requeueAfterMs: unseenOwnerMs }
    },
  }
}

const builtin = new Set(builtinResources.map(({ apiVersion, resource }) => `${apiVersion} ${resource}`))

const nameOf = ({ resource, group }: AnyResource): string => (group ? `${resource}.${group}` : resource)
