import { inScope, limitedBy, quotaResources, type Usage, usageOf } from '../../api/core/quota-usage.ts'
import { ResourceQuotas } from '../../api/core/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import { type KubeObject, keyOf, type Stored } from '../../api/object.ts'
import { Quantity } from '../../api/quantity.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { AnyResource } from '../../client/loose-resource.ts'
import type { Context, Controller, KeyQueue } from '../../controller/controller.ts'
import { changeOf, watch } from '../../controller/watches.ts'

/** Recounts at this interval, to find charges of writes that failed afterwards. */
const resyncMs = 5 * 60_000
const zero = Quantity.of(0)

/**
 * Counts what a namespace's objects use of its ResourceQuotas, and writes it to their status. The server's admission charges
 * new objects; this controller recounts a quota that is new or changed, or when an object that it limits goes or shrinks.
 * It watches only resources that some quota limits.
 */
export function quotaController({ client, informers }: Context, resources: () => readonly AnyResource[]): Controller {
  const quotas = informers.of(ResourceQuotas)
  const watched = new Map<ResourceType, Informer<KubeObject>>()
  let queue: KeyQueue | undefined

  /** The informer of a resource; from the first call on, deletions in it recount quotas. */
  function counted(type: ResourceType): Informer<KubeObject> {
    const present = watched.get(type)
    if (present) return present
    const informer = informers.of(type as AnyResource)
    watched.set(type, informer)
    const recount = ({ metadata: { namespace } }: Stored<KubeObject>) => {
      for (const quota of quotas.list(namespace)) queue?.add(keyOf(quota))
    }
    informer.on({
      updated(object, old) {
        if (!jsonEqual(texts(usageOf(type, object)), texts(usageOf(type, old)))) recount(object)
      },
      deleted: recount,
    })
    return informer
  }

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const quota = quotas.get(key)
    if (!quota || quota.metadata.deletionTimestamp) return undefined
    const { namespace } = quota.metadata
    const hard = quota.spec?.hard ?? {}
    const types = new Map<ResourceType, string[]>()
    const known = [...quotaResources, ...resources()]
    for (const name of Object.keys(hard)) {
      const type = limitedBy(name, known)
      if (type) types.set(type, [...(types.get(type) ?? []), name])
    }
    const used: Record<string, string> = {}
    for (const [type, names] of types) {
      const informer = counted(type)
      await informer.synced
      const chosen = informer.list(namespace).filter((object) => inScope(quota.spec ?? {}, type, object))
      const usages = chosen.map((object) => usageOf(type, object))
      for (const name of names)
        used[name] = usages.reduce((sum, usage) => sum.add(usage[name] ?? zero), zero).toString()
    }
    const status = { hard, used }
    if (!jsonEqual(quota.status, status))
      await client.update(ResourceQuotas, { ...quota, status }, { subresource: 'status' })
    return { requeueAfterMs: resyncMs }
  }

  return {
    name: 'resource-quota',
    watches: [
      // Both this controller and admission write its status.
      watch(ResourceQuotas, { when: changeOf(({ spec }) => spec) }),
    ],
    start(_, own) {
      queue = own
    },
    reconcile,
  }
}

const texts = (usage: Usage) => Object.fromEntries(Object.entries(usage).map(([name, amount]) => [name, `${amount}`]))
