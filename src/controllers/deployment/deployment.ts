import { type Deployment, Deployments, type ReplicaSet, ReplicaSets } from '../../api/apps/v1/index.ts'
import { conditionOf } from '../../api/conditions.ts'
import { isTerminal } from '../../api/core/pods.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import { selectorOf } from '../../api/machinery/selectors/labels.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { claim, controllerOf } from '../../controller/ownership.ts'
import { mapped, owned, watch } from '../../controller/watches.ts'
import { orphans } from '../shared/adoption.ts'
import { claimable, controlledBy, indexedByController } from '../shared/controller-index.ts'
import { revisionOf } from './annotations.ts'
import { progressing } from './conditions.ts'
import { replicasOf } from './limits.ts'
import { Rollout } from './rollout.ts'
import { scaled, wasScaled } from './scaling.ts'
import { hasDeadline, isComplete, nextDeadline, rolloutStatus, statusOf } from './status.ts'
import { recreate, rollingUpdate } from './strategy.ts'

/** Rolls Deployments out: keeps a ReplicaSet for each version of the pod template and moves pods to the newest. */
export function deploymentController(ctx: Context): Controller {
  const { client, clock, events, informers } = ctx
  const deployments = informers.of(Deployments)
  const replicaSets = indexedByController(informers, ReplicaSets)
  const pods = indexedByController(informers, Pods)

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const deployment = deployments.get(key)
    if (!deployment) return undefined
    if (isEmptySelector(deployment)) return selectsAll(deployment)
    const chosenBy = selectorOf(deployment.spec.selector)
    const sets = await claim<Stored<ReplicaSet>>({
      client,
      owner: deployment,
      ownerResource: Deployments,
      resource: ReplicaSets,
      objects: claimable(replicaSets, deployment),
      matches: ({ metadata }) => chosenBy.matches(metadata.labels),
    })
    const rollout = new Rollout(ctx, deployment, sets)
    if (deployment.metadata.deletionTimestamp) {
      await rollout.writeStatus(statusOf(deployment, rollout.sets, clock))
      return undefined
    }
    noticePause(rollout)
    if (deployment.spec.paused || wasScaled(deployment, sets)) return resize(rollout)

    if (deployment.spec.strategy?.type === 'Recreate') await recreate(rollout, () => oldPodsLeft(rollout))
    else await rollingUpdate(rollout)
    const status = rolloutStatus(rollout.deployment, rollout.sets, clock)
    if (isComplete(rollout.deployment, status)) await forgetHistory(rollout)
    await rollout.writeStatus(status)
    const due = nextDeadline(rollout.deployment, status, clock)
    return due === undefined ? undefined : { requeueAfterMs: due }
  }

  /** Paused, or resized: scales the ReplicaSets without a rollout. */
  async function resize(rollout: Rollout): Promise<undefined> {
    await rollout.syncNewest()
    await rollout.scale(scaled(rollout.deployment, rollout.newest, rollout.old))
    if (rollout.deployment.spec.paused) await forgetHistory(rollout)
    await rollout.writeStatus(statusOf(rollout.deployment, rollout.sets, clock))
  }

  /** The progress deadline stops while a Deployment is paused, and restarts when it resumes. */
  function noticePause(rollout: Rollout): void {
    const { spec, status } = rollout.deployment
    if (!hasDeadline(rollout.deployment)) return
    const reason = conditionOf(status.conditions, 'Progressing')?.reason
    if (reason === progressing.timedOut) return
    if (spec.paused && reason !== progressing.paused)
      rollout.progress('Unknown', progressing.paused, 'Deployment is paused')
    else if (!spec.paused && reason === progressing.paused)
      rollout.progress('Unknown', progressing.resumed, 'Deployment is resumed')
  }

  /** Pods of other templates still run or terminate. */
  function oldPodsLeft({ old }: Rollout): boolean {
    return old.some(({ metadata }) => controlledBy(pods, metadata.uid).some((pod) => !isTerminal(pod)))
  }

  /** Deletes the oldest empty ReplicaSets beyond `revisionHistoryLimit`. */
  async function forgetHistory({ deployment, old }: Rollout): Promise<void> {
    const { revisionHistoryLimit } = deployment.spec
    if (revisionHistoryLimit === undefined) return
    const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp)
    const excess = alive
      .toSorted((a, b) => Number(revisionOf(a) - revisionOf(b)))
      .slice(0, alive.length - revisionHistoryLimit)
    if (alive.length <= revisionHistoryLimit) return
    for (const set of excess) {
      const { name, namespace, uid, generation = 0 } = set.metadata
      const isIdle = replicasOf(set) === 0 && !set.status.replicas && generation <= (set.status.observedGeneration ?? 0)
      if (!isIdle) continue
      try {
        const options = { preconditions: { uid }, propagationPolicy: 'Background' } as const
        await client.delete(ReplicaSets, { name, namespace }, options)
      } catch (error) {
        if (codeOf(error) !== 404 && codeOf(error) !== 409) throw error
      }
    }
  }

  async function selectsAll(deployment: Stored<Deployment>): Promise<undefined> {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.'
    events.record(deployment, 'Warning', 'SelectingAll', message)
    const { generation = 0 } = deployment.metadata
    if ((deployment.status.observedGeneration ?? 0) >= generation) return
    const status = { ...deployment.status, observedGeneration: generation }
    await client.update(Deployments, { ...deployment, status } as Deployment, { subresource: 'status' })
  }

  /** An empty selector would select all pods, so such a Deployment adopts nothing. */
  const mayAdopt = (deployment: Stored<Deployment>, labels: Record<string, string> | undefined) =>
    !isEmptySelector(deployment) && selectorOf(deployment.spec.selector).matches(labels)

  /** Where new pods wait for old ones to go, each pod that ends wakes the Deployment. */
  function waitingForPods(pod: Stored<Pod>): string[] {
    const { namespace } = pod.metadata
    const set = keeperOf(replicaSets.get(keyOf({ name: controllerOf(pod)?.name ?? '', namespace })), pod)
    const owner = keeperOf(deployments.get(keyOf({ name: (set && controllerOf(set)?.name) ?? '', namespace })), set)
    return owner?.spec.strategy?.type === 'Recreate' ? [keyOf(owner)] : []
  }

  return {
    name: 'deployment',
    watches: [
      watch(Deployments),
      owned(ReplicaSets, Deployments),
      orphans(ReplicaSets, deployments, mayAdopt),
      mapped(Pods, waitingForPods),
    ],
    reconcile,
  }
}

const isEmptySelector = ({ spec: { selector } }: Stored<Deployment>): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0

/** `owner` if it controls `object`. */
const keeperOf = <T extends { metadata: { uid: string } }>(
  owner: T | undefined,
  object: Stored<Pod> | Stored<ReplicaSet> | undefined,
): T | undefined => (object && owner && controllerOf(object)?.uid === owner.metadata.uid ? owner : undefined)
