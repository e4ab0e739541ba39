import { inScope, type Usage, usageOf } from '../../api/core/quota-usage.ts'
import { type Pod, Pods, type ResourceQuota, ResourceQuotas } from '../../api/core/v1/index.ts'
import { ApiError, forbidden } from '../../api/errors.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { parseQuantity, Quantity } from '../../api/quantity.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'

const zero = Quantity.of(0)

/**
 * Refuses writes beyond a namespace's ResourceQuotas, and charges the quotas for others. The charge is a compare-and-swap
 * write of the quota, so that concurrent writes cannot both take the last of it. The quota controller recounts after failed
 * writes and deletions. Must be the last plugin.
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  async validate(attributes) {
    const { operation, definition, subresource, namespace, object, old, context } = attributes
    if (!namespace || !object || operation === 'DELETE' || operation === 'CONNECT') return
    const resized = subresource === 'resize'
    if ((subresource && !resized) || definition.answer) return
    const { type } = definition
    const quotas = context.objects
      .knownList(ResourceQuotas, namespace)
      .filter(({ spec, status }) => status.hard && inScope(spec, type, object))
    if (quotas.length === 0) return
    const used = usageOf(type, object)
    const before = operation === 'UPDATE' && old ? usageOf(type, old) : {}
    for (const quota of quotas) mustBeSpecified(quota, used, attributes)
    const taken: { quota: Stored<ResourceQuota>; more: Usage }[] = []
    try {
      for (const quota of quotas) {
        const more = increase(quota, used, before)
        if (Object.keys(more).length === 0) continue
        await charge(quota, more, attributes)
        taken.push({ quota, more })
      }
    } catch (error) {
      for (const { quota, more } of taken) await giveBack(quota, more, attributes)
      throw error
    }
  },
}

/** The increase of a write in the resources that a quota limits. The quota controller counts decreases. */
function increase({ status }: Stored<ResourceQuota>, used: Usage, before: Usage): Usage {
  const more: Usage = {}
  for (const name of Object.keys(status.hard ?? {})) {
    const change = (used[name] ?? zero).sub(before[name] ?? zero)
    if (change.sign > 0) more[name] = change
  }
  return more
}

async function charge(quota: Stored<ResourceQuota>, more: Usage, { context, definition, name }: AdmissionAttributes) {
  const charged = (now: Stored<ResourceQuota>): Stored<ResourceQuota> => {
    const { hard = {}, used = {} } = now.status
    const over = Object.keys(more).filter((resource) => {
      const limit = hard[resource]
      const sum = parseQuantity(used[resource] ?? '0').add(more[resource] ?? zero)
      return limit !== undefined && sum.compare(parseQuantity(limit)) > 0
    })
    if (over.length)
      throw forbidden(
        definition.type,
        name,
        `exceeded quota: ${now.metadata.name}, requested: ${list(over, (r) => `${more[r]}`)}, used: ${list(over, (r) => used[r] ?? '0')}, limited: ${list(over, (r) => hard[r] ?? '0')}`,
      )
    return withUsed(now, more, (a, b) => a.add(b))
  }
  if (context.dryRun) charged(quota)
  else await context.objects.update(ResourceQuotas, quota.metadata, charged, { subresource: 'status' })
}

async function giveBack(quota: Stored<ResourceQuota>, more: Usage, { context }: AdmissionAttributes): Promise<void> {
  if (context.dryRun) return
  try {
    await context.objects.update(ResourceQuotas, quota.metadata, (now) => withUsed(now, more, (a, b) => a.sub(b)), {
      subresource: 'status',
    })
  } catch (error) {
    // The quota is gone, or the store does not answer: the quota controller recounts.
    if (!(error instanceof ApiError)) throw error
  }
}

function withUsed(quota: Stored<ResourceQuota>, more: Usage, change: (a: Quantity, b: Quantity) => Quantity) {
  const used = { ...quota.status.used }
  for (const [name, amount] of Object.entries(more))
    used[name] = change(parseQuantity(used[name] ?? '0'), amount).toString()
  return { ...quota, status: { ...quota.status, used } }
}

const list = (names: string[], value: (name: string) => string) =>
  [...names]
    .sort()
    .map((name) => `${name}=${value(name)}`)
    .join(',')

const computeNames = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

/** If a quota limits CPU or memory, each container must request it. */
function mustBeSpecified(
  quota: Stored<ResourceQuota>,
  used: Usage,
  { definition, object, name }: AdmissionAttributes,
): void {
  if (definition.type !== (Pods as ResourceType)) return
  const limited = Object.keys(quota.status.hard ?? {}).filter((resource) => computeNames.includes(resource))
  const missing = limited
    .map((resource) => ({ resource, containers: lacking(object as Pod, resource) }))
    .filter(({ resource, containers }) => containers.length > 0 || used[resource] === undefined)
  if (missing.length === 0) return
  const texts = missing
    .sort((a, b) => (a.resource < b.resource ? -1 : 1))
    .map(({ resource, containers }) => `${resource} for: ${containers.join(',')}`)
  throw forbidden(definition.type, name, `failed quota: ${quota.metadata.name}: must specify ${texts.join('; ')}`)
}

function lacking(pod: KubeObject & Pod, resource: string): string[] {
  const kind = resource.startsWith('limits.') ? 'limits' : 'requests'
  const name = resource.replace(/^(requests|limits)\./, '')
  if (pod.spec?.resources?.[kind]?.[name] !== undefined) return []
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
    .filter((container) => container.resources?.[kind]?.[name] === undefined)
    .map((container) => container.name)
    .sort()
}
