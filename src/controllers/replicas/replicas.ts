import { availableInMs, isActive, isTerminal, podCondition } from '../../api/core/pods.ts'
import { type Pod, Pods, type PodTemplateSpec } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Selector } from '../../api/machinery/selectors/labels.ts'
import { type KubeObject, keyOf, type Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { claim, controllerOf, controllerRef } from '../../controller/ownership.ts'
import { owned, watch } from '../../controller/watches.ts'
import { orphans } from '../shared/adoption.ts'
import { controlledBy, indexedByController, orphansBeside } from '../shared/controller-index.ts'
import { isNamespaceTerminating } from '../shared/living-namespace.ts'
import { createPods as createPodsOf, deletePod } from '../shared/pod-control.ts'
import { podFromTemplate } from '../shared/pod-from-template.ts'
import { podsToDelete } from '../shared/replica-ranking.ts'
import { sameStatus } from '../shared/same-status.ts'
import { settled } from '../shared/settled.ts'
import { catchUp, mayBeDone } from './lost-answers.ts'
import { type ReplicaStatus, replicaStatus } from './status.ts'

/** The common part of ReplicaSet and ReplicationController. */
export interface Replicated extends KubeObject {
  spec?: { replicas?: number; template?: PodTemplateSpec; minReadySeconds?: number }
  status?: ReplicaStatus
}

export interface ReplicaKind<T extends Replicated> {
  /** The controller's name. */
  name: string
  resource: ResourceType<T>
  selector(owner: Stored<T>): Selector
  /** Its status has `terminatingReplicas`. */
  countsTerminating: boolean
}

/** Pods created or deleted in one pass; the rest follows when the informer shows these. */
const burst = 500

/** Keeps as many pods as `spec.replicas` says: the loop behind ReplicaSets and ReplicationControllers. */
export function replicaController<T extends Replicated>(ctx: Context, kind: ReplicaKind<T>): Controller {
  const { client, clock, informers } = ctx
  const { resource, selector } = kind
  const owners = informers.of(resource)
  const pods = indexedByController(informers, Pods)
  /** Owners whose last attempt has an unknown outcome, with the pods that it wanted to delete. */
  const doubts = new Map<string, Stored<Pod>[]>()

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const owner = owners.get(key)
    if (!owner) {
      doubts.delete(key)
      return
    }
    const doubtful = doubts.get(key)
    if (doubtful) {
      await catchUp(client, pods, owner.metadata.namespace, doubtful)
      doubts.delete(key)
    }
    const own = await ownPods(owner)
    const active = own.filter(isActive)
    const excess = active.length - wantedOf(owner)
    const trouble = owner.metadata.deletionTimestamp ? undefined : await adjust(owner, active, excess)
    await writeStatus(owner, own, active, trouble && { error: trouble.error, creating: excess < 0 })
    if (trouble) throw trouble.error
    return nextAvailable(owner, active)
  }

  /** Adopts and releases pods by the selector. There are nearly always none of either. */
  async function ownPods(owner: Stored<T>): Promise<Stored<Pod>[]> {
    const chosenBy = selector(owner)
    const matches = ({ metadata }: Stored<Pod>) => chosenBy.matches(metadata.labels)
    const controlled = controlledBy(pods, owner.metadata.uid)
    const settled = controlled.filter(matches)
    const free = orphansBeside(pods, owner).filter((pod) => isActive(pod) && matches(pod))
    const objects = settled.length < controlled.length ? [...controlled.filter((pod) => !matches(pod)), ...free] : free
    if (objects.length === 0) return settled
    const claimed = await claim<Stored<Pod>>({
      client,
      owner,
      ownerResource: resource,
      resource: Pods,
      objects,
      matches,
    })
    return [...settled, ...claimed]
  }

  /** Creates or deletes pods; returns the failure, if any. */
  async function adjust(owner: Stored<T>, active: Stored<Pod>[], excess: number): Promise<Trouble> {
    if (excess < 0) return createPods(owner, Math.min(-excess, burst))
    return excess > 0 ? deletePods(owner, active, Math.min(excess, burst)) : undefined
  }

  async function createPods(owner: Stored<T>, count: number): Promise<Trouble> {
    const { namespace } = owner.metadata
    const template = owner.spec?.template ?? {}
    const pod = podFromTemplate(template, controllerRef(owner, resource), namespace)
    const { created, error } = await createPodsOf(ctx, owner, Array<Pod>(count).fill(pod))
    await seen(pods, ...created)
    if (error === undefined) return undefined
    if (mayBeDone(error)) doubts.set(keyOf(owner), [])
    if (isNamespaceTerminating(error)) return undefined
    return { error }
  }

  async function deletePods(owner: Stored<T>, active: Stored<Pod>[], count: number): Promise<Trouble> {
    const chosen = podsToDelete(active, relatedPods(owner), count, clock.now())
    const { done, failed, error } = await settled(chosen, (pod) => deletePod(ctx, owner, pod))
    await seenDeleted(pods, ...done)
    if (failed.length === 0) return undefined
    if (mayBeDone(error)) doubts.set(keyOf(owner), failed)
    return { error }
  }

  /** The pods of all owners with the same controller: those of all ReplicaSets of a Deployment. */
  function relatedPods(owner: Stored<T>): Stored<Pod>[] {
    const above = controllerOf(owner)
    const siblings = above
      ? owners.list(owner.metadata.namespace).filter((other) => controllerOf(other)?.uid === above.uid)
      : [owner]
    return siblings.flatMap((sibling) => controlledBy(pods, sibling.metadata.uid)).filter(isActive)
  }

  async function writeStatus(
    owner: Stored<T>,
    own: Stored<Pod>[],
    active: Stored<Pod>[],
    trouble?: { error: unknown; creating: boolean },
  ): Promise<void> {
    const status = replicaStatus(owner, active, {
      clock,
      ...(kind.countsTerminating && {
        terminating: own.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length,
      }),
      ...(trouble && {
        failure: {
          reason: trouble.creating ? 'FailedCreate' : 'FailedDelete',
          message: messageOf(trouble.error),
        },
      }),
    })
    if (sameStatus(owner.status ?? {}, status)) return
    await client.update(resource, { ...owner, status } as Replicated as T, { subresource: 'status' })
  }

  function nextAvailable(owner: Stored<T>, active: Stored<Pod>[]): { requeueAfterMs: number } | undefined {
    const { minReadySeconds = 0 } = owner.spec ?? {}
    const waits = active.map((pod) => availableInMs(pod, minReadySeconds, clock) ?? 0).filter((ms) => ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  return {
    name: kind.name,
    watches: [
      watch(resource),
      owned(Pods, resource, { when: matters }),
      orphans(Pods, owners, (owner, labels) => selector(owner).matches(labels)),
    ],
    reconcile,
  }
}

/** Whether a change can change the counts; most (a node, an address, a container's state) cannot. */
const matters = (pod: Stored<Pod>, old?: Stored<Pod>): boolean =>
  !old ||
  pod.status.phase !== old.status.phase ||
  pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
  readySince(pod) !== readySince(old) ||
  controllerOf(pod)?.uid !== controllerOf(old)?.uid ||
  !sameLabels(pod, old)

function readySince(pod: Stored<Pod>): string | undefined {
  const condition = podCondition(pod, 'Ready')
  return condition?.status === 'True' ? (condition.lastTransitionTime ?? '') : undefined
}

type Trouble = { error: unknown } | undefined

const wantedOf = ({ spec }: Pick<Replicated, 'spec'>): number => spec?.replicas ?? 1

const sameLabels = (a: Stored<Pod>, b: Stored<Pod>): boolean => jsonEqual(a.metadata.labels, b.metadata.labels)
