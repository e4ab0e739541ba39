import type { OwnerReference } from '../../api/meta/v1/index.ts'
import { groupOf, type KubeObject, type Stored } from '../../api/object.ts'
import type { AnyResource } from '../../client/loose-resource.ts'
import { hasFinalizer } from '../../controller/finalizers.ts'

/** An object as the garbage collector knows it. */
export interface GraphNode {
  readonly uid: string
  /** Undefined: known only from references to it; it may not exist. */
  object?: { resource: AnyResource; namespace?: string; name: string }
  owners: readonly OwnerReference[]
  readonly dependents: Set<GraphNode>
  beingDeleted: boolean
  /** Foreground deletion: waits until its blocking dependents are gone. */
  deletingDependents: boolean
  /** Orphan deletion: waits until its dependents no longer refer to it. */
  orphaning: boolean
}

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

/** Its deletion waits for its dependents'. */
export const waitsForDependents = ({ metadata }: Stored<KubeObject>): boolean =>
  metadata.deletionTimestamp !== undefined && hasFinalizer({ metadata }, foregroundFinalizer)

/**
 * All objects and their owners, by uid, with owners that have not been seen yet. Each change returns the uids of the
 * objects to look at because of it.
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()

  get size(): number {
    return this.#nodes.size
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  /** An object was added or has changed. */
  put(resource: AnyResource, object: Stored<KubeObject>): string[] {
    const { metadata } = object
    const { uid, namespace, name, ownerReferences = [] } = metadata
    const node = this.#nodes.get(uid) ?? this.#add(uid)
    const look: string[] = []
    if (!node.object) {
      node.object = { resource, namespace, name }
      for (const dependent of node.dependents) if (!namesRightly(dependent, node)) look.push(dependent.uid)
    }
    this.#setOwners(node, ownerReferences, look)

    const before = { ...node }
    node.beingDeleted = metadata.deletionTimestamp !== undefined
    node.orphaning = node.beingDeleted && hasFinalizer(object, orphanFinalizer)
    node.deletingDependents = node.beingDeleted && hasFinalizer(object, foregroundFinalizer)
    if (node.orphaning && !before.orphaning) look.push(uid)
    if (node.deletingDependents && !before.deletingDependents)
      look.push(uid, ...[...node.dependents].map((dependent) => dependent.uid))
    return look
  }

  /** An object is gone, or never existed. */
  remove(uid: string): string[] {
    const node = this.#nodes.get(uid)
    if (!node) return []
    const look = [...node.dependents].map((dependent) => dependent.uid)
    this.#setOwners(node, [], look)
    this.#nodes.delete(uid)
    return look
  }

  /** The references of `dependent` that block the deletion of the owner with this uid. */
  blocks(dependent: GraphNode, uid: string): boolean {
    return dependent.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion)
  }

  #add(uid: string): GraphNode {
    const state = { beingDeleted: false, deletingDependents: false, orphaning: false }
    const node: GraphNode = { uid, owners: [], dependents: new Set(), ...state }
    this.#nodes.set(uid, node)
    return node
  }

  #setOwners(node: GraphNode, owners: readonly OwnerReference[], look: string[]): void {
    const old = node.owners
    node.owners = owners
    for (const { uid } of owners) {
      if (old.some((owner) => owner.uid === uid)) continue
      const present = this.#nodes.get(uid)
      const owner = present ?? this.#add(uid)
      owner.dependents.add(node)
      if (!present) look.push(uid)
      else if (owner.deletingDependents || !namesRightly(node, owner)) look.push(node.uid)
    }
    for (const { uid, blockOwnerDeletion } of old) {
      const now = owners.find((owner) => owner.uid === uid)
      const owner = this.#nodes.get(uid)
      if (!owner) continue
      if (!now) {
        owner.dependents.delete(node)
        if (!owner.object && owner.dependents.size === 0) this.#nodes.delete(uid)
      }
      if (owner.deletingDependents && (!now || (blockOwnerDeletion && !now.blockOwnerDeletion))) look.push(uid)
    }
  }
}

/** A reference with the right uid and a wrong kind or namespace names an object that does not exist. */
function namesRightly(dependent: GraphNode, owner: GraphNode): boolean {
  if (!owner.object || !dependent.object) return true
  const { resource, namespace, name } = owner.object
  const references = dependent.owners.filter(({ uid }) => uid === owner.uid)
  return references.every(
    (reference) =>
      reference.kind === resource.kind &&
      reference.name === name &&
      groupOf(reference) === resource.group &&
      (!resource.namespaced || namespace === dependent.object?.namespace),
  )
}
