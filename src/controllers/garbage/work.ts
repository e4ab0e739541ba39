import { ifFound } from '../../api/errors.ts'
import type { OwnerReference } from '../../api/meta/v1/index.ts'
import { groupOf, type KubeObject, type ObjectName, type Stored } from '../../api/object.ts'
import type { AnyResource } from '../../client/loose-resource.ts'
import type { Context } from '../../controller/controller.ts'
import { hasFinalizer, removeFinalizer } from '../../controller/finalizers.ts'
import { foregroundFinalizer, type GraphNode, type OwnerGraph, orphanFinalizer, waitsForDependents } from './graph.ts'

export interface GarbageWork {
  ctx: Context
  graph: OwnerGraph
  /** The resource that serves a kind, in the version at hand. @throws when nothing does. */
  resourceOf(reference: { apiVersion: string; kind: string }): AnyResource
  /** Uids known to be gone: uids are never used again. */
  absent: Set<string>
  look(uids: string[]): void
}

type Observed = GraphNode & { object: NonNullable<GraphNode['object']> }

/**
 * Decides on one object whose owners, dependents or deletion have changed. Before each deletion it reads the server's
 * present state; the informers' may be old.
 */
export async function collect(work: GarbageWork, node: GraphNode): Promise<void> {
  const { object } = node
  if (!object) return
  const observed: Observed = Object.assign(node, { object })
  if (node.orphaning) return orphanDependents(work, observed)
  if (node.beingDeleted && !node.deletingDependents) return undefined
  const live = await read(work, object.resource, object)
  // It is gone: its informer will report that.
  if (live?.metadata.uid !== node.uid) return undefined
  if (node.deletingDependents) return waitForDependents(work, observed, live)
  return judge(work, observed, live)
}

/** Asks whether an owner exists that is known only from references. False: ask again later. */
export async function verifyOwner(work: GarbageWork, node: GraphNode): Promise<boolean> {
  const { graph, absent, look } = work
  const dependent = [...node.dependents].find(({ object }) => object)
  const reference = dependent?.owners.find(({ uid }) => uid === node.uid)
  if (!dependent || !reference) return true
  const live = await readOwner(work, dependent.object?.namespace, reference)
  if (live === 'unanswerable') return true
  if (live?.metadata.uid === node.uid) return false
  remember(absent, node.uid)
  look(graph.remove(node.uid))
  return true
}

/** Deletes an object without a living owner; if some owners live, drops the references to the others. */
async function judge(work: GarbageWork, node: Observed, live: Stored<KubeObject>): Promise<void> {
  const references = live.metadata.ownerReferences ?? []
  if (references.length === 0) return
  const verdicts = await Promise.all(references.map((reference) => verdictOn(work, live, reference)))
  const of = (wanted: Verdict) => references.filter((_, i) => verdicts[i] === wanted)
  const waiting = of('waiting')
  if (of('unanswerable').length > 0) return
  if (of('solid').length > 0) {
    const gone = new Set([...of('dangling'), ...waiting].map(({ uid }) => uid))
    if (gone.size > 0)
      await writeOwners(
        work,
        node,
        live,
        references.filter(({ uid }) => !gone.has(uid)),
      )
    return
  }
  if (waiting.length > 0 && node.dependents.size > 0) {
    // In a circle of owners each would wait for the other for ever.
    if ([...node.dependents].some((dependent) => dependent.deletingDependents)) {
      const unblocked = references.map((reference) => ({ ...reference, blockOwnerDeletion: false }))
      live = await writeOwners(work, node, live, unblocked)
    }
    return remove(work, node, live, 'Foreground')
  }
  if (hasFinalizer(live, orphanFinalizer)) return remove(work, node, live, 'Orphan')
  if (hasFinalizer(live, foregroundFinalizer)) return remove(work, node, live, 'Foreground')
  return remove(work, node, live, 'Background')
}

/** solid: the owner lives; dangling: it is gone; waiting: it is being deleted and waits for this object. */
type Verdict = 'solid' | 'dangling' | 'waiting' | 'unanswerable'

async function verdictOn(
  work: GarbageWork,
  { metadata, ...rest }: Stored<KubeObject>,
  reference: OwnerReference,
): Promise<Verdict> {
  const { graph, absent, ctx } = work
  if (absent.has(reference.uid)) return 'dangling'
  const owner = await readOwner(work, metadata.namespace, reference)
  if (owner === 'unanswerable') return owner
  if (owner?.metadata.uid !== reference.uid) {
    const elsewhere = graph.get(reference.uid)?.object
    if (elsewhere?.resource.namespaced && elsewhere.namespace !== metadata.namespace) {
      const text = `ownerRef [${reference.apiVersion}/${reference.kind}, namespace: ${metadata.namespace ?? ''}, name: ${reference.name}, uid: ${reference.uid}] does not exist in namespace "${metadata.namespace ?? ''}"`
      ctx.events.record({ metadata, ...rest }, 'Warning', 'OwnerRefInvalidNamespace', text)
    } else remember(absent, reference.uid)
    return 'dangling'
  }
  return waitsForDependents(owner) ? 'waiting' : 'solid'
}

async function readOwner(
  work: GarbageWork,
  namespace: string | undefined,
  reference: OwnerReference,
): Promise<Stored<KubeObject> | 'unanswerable' | undefined> {
  const resource = work.resourceOf(reference)
  // A cluster-scoped object cannot have a namespaced owner: the reference names no namespace.
  if (resource.namespaced && !namespace) return 'unanswerable'
  return read(work, resource, { name: reference.name, ...(resource.namespaced && { namespace }) })
}

/** Finishes a foreground deletion when no blocking dependent is left. */
async function waitForDependents(work: GarbageWork, node: Observed, live: Stored<KubeObject>): Promise<void> {
  const { graph, look } = work
  const blocking = [...node.dependents].filter((dependent) => graph.blocks(dependent, node.uid))
  if (blocking.length === 0) return dropFinalizer(work, node, live, foregroundFinalizer)
  look(blocking.filter((dependent) => !dependent.deletingDependents).map(({ uid }) => uid))
}

/** Removes the references to an owner from all its dependents, then releases the owner. */
async function orphanDependents(work: GarbageWork, node: Observed): Promise<void> {
  await Promise.all(
    [...node.dependents].map(async (dependent) => {
      if (!dependent.object) return
      const live = await read(work, dependent.object.resource, dependent.object)
      const references = live?.metadata.ownerReferences
      if (!live || !references?.some(({ uid }) => uid === node.uid)) return
      const others = references.filter(({ uid }) => uid !== node.uid)
      await writeOwners(work, Object.assign(dependent, { object: dependent.object }), live, others)
    }),
  )
  const live = await read(work, node.object.resource, node.object)
  if (live?.metadata.uid === node.uid) await dropFinalizer(work, node, live, orphanFinalizer)
}

/** The object goes when no finalizer is left. */
async function dropFinalizer(
  { ctx }: GarbageWork,
  { object }: Observed,
  live: Stored<KubeObject>,
  name: string,
): Promise<void> {
  await ifFound(removeFinalizer(ctx.client, object.resource, live, name))
}

async function writeOwners(
  { ctx }: GarbageWork,
  { object }: Observed,
  live: Stored<KubeObject>,
  owners: OwnerReference[],
): Promise<Stored<KubeObject>> {
  const { uid, resourceVersion } = live.metadata
  const patch = { metadata: { uid, resourceVersion, ownerReferences: owners.length > 0 ? owners : null } }
  return (await ifFound(ctx.client.patch(object.resource, object, patch))) ?? live
}

async function remove(
  { ctx }: GarbageWork,
  { object }: Observed,
  { metadata: { uid, resourceVersion } }: Stored<KubeObject>,
  propagationPolicy: 'Orphan' | 'Foreground' | 'Background',
): Promise<void> {
  // This revision only: the object may have got another owner meanwhile.
  const preconditions = { uid, resourceVersion }
  await ifFound(ctx.client.delete(object.resource, object, { propagationPolicy, preconditions }))
}

async function read(
  { ctx }: GarbageWork,
  resource: AnyResource,
  name: ObjectName,
): Promise<Stored<KubeObject> | undefined> {
  return ifFound(ctx.client.get(resource, { name: name.name, namespace: name.namespace }))
}

function remember(absent: Set<string>, uid: string): void {
  absent.add(uid)
  if (absent.size > 1000) for (const oldest of absent) return void absent.delete(oldest)
}

/** Finds the resource of a kind: that of its version, else any of its group. */
export function findResource(resources: AnyResource[], { apiVersion, kind }: { apiVersion: string; kind: string }) {
  const group = groupOf({ apiVersion })
  const found =
    resources.find((resource) => resource.apiVersion === apiVersion && resource.kind === kind) ??
    resources.find((resource) => resource.group === group && resource.kind === kind)
  if (!found) throw new Error(`no resource serves ${kind} of ${apiVersion}`)
  return found
}
