import type { EmptyDirVolumeSource } from '../../api/core/v1/index.ts'
import { byteCount, podLimits } from '../container/resources.ts'
import type { VolumePlugin } from './volume.ts'

/** A folder that lives as long as the pod; on disk, or in memory (tmpfs), where it counts as the pod's memory. */
export const emptyDir: VolumePlugin<EmptyDirVolumeSource> = {
  async mount({ medium, sizeLimit }, { pod, dir, host }) {
    const path = dir('empty-dir')
    await host.files.makeFolder(path, 0o777)
    if (medium === 'Memory') {
      const limits = [byteCount(sizeLimit), podLimits(pod).memoryBytes ?? 0].filter((n) => n > 0)
      await host.mounts.tmpfs(path, limits.length > 0 ? Math.min(...limits) : undefined)
    }
    const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {}
    if (fsGroup !== undefined) {
      const onRootMismatch = fsGroupChangePolicy === 'OnRootMismatch'
      await host.files.chownGroup(path, fsGroup, { onRootMismatch, readonly: false })
    }
    return { path, readOnly: false, relabel: true }
  },
}
