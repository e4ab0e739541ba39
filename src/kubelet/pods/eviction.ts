import { volumeDir } from '../container/paths.ts'
import { byteCount } from '../container/resources.ts'
import type { Node } from './node-services.ts'
import type { KubePod } from './pod.ts'

/** Why a pod has to go for the disk it uses: an emptyDir beyond its limit. Undefined: it may stay. */
export async function overLimit(
  pod: KubePod,
  { host, settings }: Node,
): Promise<{ reason: string; message: string } | undefined> {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    // One in memory cannot grow beyond its size.
    if (!emptyDir?.sizeLimit || emptyDir.medium === 'Memory') continue
    const used = await host.files.diskUsage(volumeDir(settings, pod.metadata.uid, 'empty-dir', name))
    if (used > byteCount(emptyDir.sizeLimit))
      return {
        reason: 'Evicted',
        message: `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir.sizeLimit}". `,
      }
  }
  return undefined
}
