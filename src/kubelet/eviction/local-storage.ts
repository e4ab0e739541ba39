import { parseQuantity } from '../../api/quantity.ts'
import { volumeDir } from '../container/paths.ts'
import { byteCount } from '../container/resources.ts'
import type { KubePod } from '../pod.ts'
import { diskUsageOf, podUsage, type Scales, sumOf } from './usage.ts'

const resource = 'ephemeral-storage'

/** Whether `beyondOwnLimits` could find anything. */
export const hasOwnLimits = ({ spec }: KubePod): boolean =>
  spec.volumes?.some(({ emptyDir }) => emptyDir?.sizeLimit) ||
  spec.containers.some(({ resources }) => resources?.limits?.[resource] !== undefined)

/**
 * Why a pod must go for its own disk usage, even if the node's disk is empty: an emptyDir beyond its size, or containers
 * beyond their limits of ephemeral storage. Undefined: it may stay.
 */
export async function beyondOwnLimits(pod: KubePod, scales: Scales): Promise<string | undefined> {
  return (await emptyDirBeyond(pod, scales)) ?? (await storageBeyond(pod, scales))
}

async function emptyDirBeyond(pod: KubePod, { host, settings }: Scales): Promise<string | undefined> {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    // A volume in memory cannot grow beyond its size.
    if (!emptyDir?.sizeLimit || emptyDir.medium === 'Memory') continue
    const { bytes } = await host.files.diskUsage(volumeDir(settings, pod.metadata.uid, 'empty-dir', name))
    if (bytes > byteCount(emptyDir.sizeLimit))
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir.sizeLimit}". `
  }
  return undefined
}

async function storageBeyond(pod: KubePod, scales: Scales): Promise<string | undefined> {
  const limits = pod.spec.containers.flatMap(({ name, resources }) => {
    const limit = resources?.limits?.[resource]
    return limit ? [{ name, limit }] : []
  })
  const usage = limits.length > 0 ? await podUsage(pod, scales) : undefined
  if (!usage) return undefined
  const whole = limits.map(({ limit }) => parseQuantity(limit)).reduce((sum, limit) => sum.add(limit))
  if (diskUsageOf(usage, 'both').bytes > whole.toInteger())
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${whole}. `
  for (const { name, limit } of limits) {
    const used = usage.containers.find((container) => container.name === name)
    if (used && sumOf([used.written, used.logs]).bytes > byteCount(limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `
  }
  return undefined
}
