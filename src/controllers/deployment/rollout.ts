import {
  type Deployment,
  type DeploymentStatus,
  Deployments,
  type ReplicaSet,
  ReplicaSets,
} from '../../api/apps/v1/index.ts'
import { conditionOf } from '../../api/conditions.ts'
import { codeOf, messageOf } from '../../api/errors.ts'
import { hashObject } from '../../api/hash.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Context } from '../../controller/controller.ts'
import { seen } from '../../controller/own-writes.ts'
import { controllerRef, isControlledBy } from '../../controller/ownership.ts'
import { isNamespaceTerminating } from '../shared/living-namespace.ts'
import { sameStatus } from '../shared/same-status.ts'
import { annotationsOfNew, hasAll, revisionAnnotation, revisionOf, sizeAnnotations } from './annotations.ts'
import { type NewCondition, progressing, set } from './conditions.ts'
import { nextSizeOfNew, replicasOf } from './limits.ts'
import { byAge, type Sizes } from './scaling.ts'
import { hasDeadline, type Sets } from './status.ts'
import { hashLabel, sameTemplate, withHash } from './template.ts'

/**
 * One pass over a Deployment: its state when the pass began, and the changes by the pass since. The pass writes conditions
 * with the status at its end.
 */
export class Rollout {
  deployment: Stored<Deployment>
  #sets: Stored<ReplicaSet>[]
  readonly #ctx: Context
  readonly #before: DeploymentStatus

  constructor(ctx: Context, deployment: Stored<Deployment>, sets: Stored<ReplicaSet>[]) {
    this.#ctx = ctx
    this.deployment = deployment
    this.#before = deployment.status
    this.#sets = sets.toSorted(byAge)
  }

  get all(): Stored<ReplicaSet>[] {
    return this.#sets
  }

  /** The oldest ReplicaSet with the Deployment's template: old servers may have made several. */
  get newest(): Stored<ReplicaSet> | undefined {
    const { template } = this.deployment.spec
    return this.#sets.find((one) => sameTemplate(one.spec.template ?? {}, template))
  }

  get old(): Stored<ReplicaSet>[] {
    const { newest } = this
    return this.#sets.filter((one) => one !== newest)
  }

  get sets(): Sets {
    return { newest: this.newest, old: this.old }
  }

  /** Gives the newest ReplicaSet, if there is one, the Deployment's annotations and the next revision. */
  async syncNewest(): Promise<Stored<ReplicaSet> | undefined> {
    const { newest } = this
    if (!newest) return undefined
    const { minReadySeconds = 0 } = this.deployment.spec
    const annotations = annotationsOfNew(this.deployment, newest.metadata.annotations ?? {}, this.#nextRevision())
    const stale = !hasAll(newest.metadata.annotations, annotations)
    if (stale || (newest.spec.minReadySeconds ?? 0) !== minReadySeconds)
      await this.#patch(newest, { metadata: { annotations }, spec: { minReadySeconds } })
    await this.#setRevision(annotations[revisionAnnotation] ?? '')
    if (hasDeadline(this.deployment) && !conditionOf(this.deployment.status.conditions, 'Progressing'))
      this.progress('True', progressing.found, `Found new replica set "${newest.metadata.name}"`)
    return this.newest
  }

  /** As `syncNewest`, but creates a missing one. Undefined: another object has its name; try again. */
  async ensureNewest(): Promise<Stored<ReplicaSet> | undefined> {
    return (await this.syncNewest()) ?? this.#createNewest()
  }

  async #createNewest(): Promise<Stored<ReplicaSet> | undefined> {
    const { client, events } = this.#ctx
    const { deployment } = this
    const planned = this.#planned()
    const name = planned.metadata?.name ?? ''
    const deadline = hasDeadline(deployment)
    try {
      const created = await client.create(ReplicaSets, planned)
      this.#sets = [...this.#sets, created]
      await seen(this.#ctx.informers.of(ReplicaSets), created)
      const size = replicasOf(created)
      if (size > 0)
        events.record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${size}`)
      await this.#setRevision(created.metadata.annotations?.[revisionAnnotation] ?? '')
      if (deadline) this.progress('True', progressing.created, `Created new replica set "${name}"`)
      return created
    } catch (error) {
      if (codeOf(error) === 409) return this.#takenName(name)
      if (isNamespaceTerminating(error)) return undefined
      const message = `Failed to create new replica set "${name}": ${messageOf(error)}`
      if (deadline) this.progress('False', progressing.createError, message)
      await this.writeStatus(this.deployment.status)
      events.record(deployment, 'Warning', progressing.createError, message)
      throw error
    }
  }

  #planned(): ReplicaSet {
    const { deployment } = this
    const { metadata, spec, status } = deployment
    const hash = hashObject(spec.template, status.collisionCount)
    const template = withHash(spec.template, hash)
    const annotations = { ...annotationsOfNew(deployment, {}, this.#nextRevision()), ...sizeAnnotations(deployment) }
    return {
      apiVersion: ReplicaSets.apiVersion,
      kind: ReplicaSets.kind,
      metadata: {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace,
        ownerReferences: [controllerRef(deployment, Deployments)],
        labels: template.metadata?.labels,
        annotations,
      },
      spec: {
        replicas: nextSizeOfNew(deployment, this.#sets, 0),
        ...(spec.minReadySeconds && { minReadySeconds: spec.minReadySeconds }),
        selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
        template,
      },
    }
  }

  /** Ours, not yet in the informer: take it. Another owner's, or of another template: count up for another name. */
  async #takenName(name: string): Promise<Stored<ReplicaSet> | undefined> {
    const { client } = this.#ctx
    const { deployment } = this
    const { namespace } = deployment.metadata
    const present = await client.get(ReplicaSets, { name, namespace })
    if (isControlledBy(present, deployment) && sameTemplate(present.spec.template ?? {}, deployment.spec.template)) {
      this.#sets = [...this.#sets, present]
      return this.syncNewest()
    }
    const { collisionCount = 0 } = deployment.status
    await this.writeStatus({ ...deployment.status, collisionCount: collisionCount + 1 })
    return undefined
  }

  /** Scales ReplicaSets to these sizes; true: one of them changed. */
  async scale(sizes: Sizes): Promise<boolean> {
    const { events } = this.#ctx
    let changed = false
    for (const [replicaSet, size] of sizes) {
      const before = replicasOf(replicaSet)
      const annotations = sizeAnnotations(this.deployment)
      if (size === before && hasAll(replicaSet.metadata.annotations, annotations)) continue
      await this.#patch(replicaSet, { metadata: { annotations }, spec: { replicas: size } })
      if (size === before) continue
      changed = true
      const direction = size > before ? 'up' : 'down'
      const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${size}`
      events.record(this.deployment, 'Normal', 'ScalingReplicaSet', message)
    }
    return changed
  }

  /** Reports the progress of the rollout. */
  progress(status: NewCondition['status'], reason: string, message: string): void {
    const { status: present } = this.deployment
    const conditions = set(present.conditions, { type: 'Progressing', status, reason, message }, this.#ctx.clock)
    this.deployment = { ...this.deployment, status: { ...present, conditions } }
  }

  async writeStatus(status: DeploymentStatus): Promise<void> {
    if (sameStatus(this.#before, status)) return
    const { client, informers } = this.#ctx
    const written = await client.update(Deployments, { ...this.deployment, status } as Deployment, {
      subresource: 'status',
    })
    this.deployment = written
    await seen(informers.of(Deployments), written)
  }

  #nextRevision(): bigint {
    return this.old.map(revisionOf).reduce((highest, one) => (one > highest ? one : highest), 0n) + 1n
  }

  async #setRevision(revision: string): Promise<void> {
    const { client } = this.#ctx
    const { metadata, status } = this.deployment
    if (metadata.annotations?.[revisionAnnotation] === revision) return
    // The role of this controller lets it update Deployments, not patch them.
    const annotations = { ...metadata.annotations, [revisionAnnotation]: revision }
    const written = await client.update(Deployments, { ...this.deployment, metadata: { ...metadata, annotations } })
    this.deployment = { ...this.deployment, metadata: written.metadata, status }
  }

  async #patch(replicaSet: Stored<ReplicaSet>, change: { metadata: object; spec: object }): Promise<void> {
    const { client, informers } = this.#ctx
    const { name, namespace, uid } = replicaSet.metadata
    const patch = { ...change, metadata: { uid, ...change.metadata } }
    const patched = await client.patch(ReplicaSets, { name, namespace }, patch)
    this.#sets = this.#sets.map((one) => (keyOf(one) === keyOf(patched) ? patched : one))
    await seen(informers.of(ReplicaSets), patched)
  }
}
