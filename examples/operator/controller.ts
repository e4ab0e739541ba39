import { Deployments, Ingresses, Services, type Stored } from 'k8ts/client'
import {
  addFinalizer,
  type Context,
  type Controller,
  ensure,
  type NewCondition,
  owned,
  removeFinalizer,
  watch,
  withCondition,
} from 'k8ts/controller'
import { claimHost, releaseHosts } from './hosts.ts'
import { deploymentOf, ingressOf, isRolledOut, serviceOf } from './parts.ts'
import { type Website, Websites } from './website.ts'

export const finalizer = 'example.k8ts.dev/hosts'

/** A host that another Website has may become free, without an event. */
const lookAgainMs = 60_000

/** Makes each Website's Deployment, Service and Ingress, and says in its status how they do. */
export function websites(ctx: Context): Controller {
  const { client, clock, events, informers } = ctx
  const known = informers.of(Websites)

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const present = known.get(key)
    if (!present) return undefined
    if (present.metadata.deletionTimestamp) {
      await releaseHosts(client, key)
      await removeFinalizer(client, Websites, present, finalizer)
      return undefined
    }
    const website = await addFinalizer(client, Websites, present, finalizer)

    const holder = await claimHost(client, website.spec.host, key)
    if (holder !== key) {
      const message = `${website.spec.host} belongs to the Website ${holder}`
      const told = await report(website, { status: 'False', reason: 'HostTaken', message })
      if (told) events.record(website, 'Warning', 'HostTaken', message)
      return { requeueAfterMs: lookAgainMs }
    }

    const owner = { resource: Websites, object: website }
    const { object: deployment } = await ensure(ctx, Deployments, deploymentOf(website), owner)
    await ensure(ctx, Services, serviceOf(website), owner)
    await ensure(ctx, Ingresses, ingressOf(website), owner)

    const { replicas } = website.spec
    const { readyReplicas = 0 } = deployment.status
    const rolledOut = isRolledOut(deployment) && readyReplicas >= replicas
    const message = `${readyReplicas} of ${replicas} pods are ready`
    await report(
      website,
      rolledOut ? { status: 'True', reason: 'Serving', message } : { status: 'False', reason: 'RollingOut', message },
      { readyReplicas, ...(rolledOut && { url: `http://${website.spec.host}/` }) },
    )
    return undefined
  }

  /** Writes the status where it differs; true: it did. */
  async function report(
    website: Stored<Website>,
    ready: Omit<NewCondition, 'type'>,
    rest: Pick<NonNullable<Website['status']>, 'readyReplicas' | 'url'> = {},
  ): Promise<boolean> {
    const old: Website['status'] = website.status
    const observedGeneration = website.metadata.generation
    const condition = { type: 'Ready', observedGeneration, ...ready }
    const status = { ...rest, observedGeneration, conditions: withCondition(old?.conditions, condition, clock) }
    const same =
      old?.conditions === status.conditions &&
      old.observedGeneration === observedGeneration &&
      old.readyReplicas === rest.readyReplicas &&
      old.url === rest.url
    if (!same) await client.update(Websites, { ...website, status }, { subresource: 'status' })
    return !same
  }

  return {
    name: 'website',
    watches: [watch(Websites), owned(Deployments, Websites), owned(Services, Websites), owned(Ingresses, Websites)],
    reconcile,
  }
}
