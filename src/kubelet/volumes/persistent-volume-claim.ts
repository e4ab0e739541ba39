import {
  PersistentVolumeClaims,
  type PersistentVolumeClaimVolumeSource,
  PersistentVolumes,
} from '../../api/core/v1/index.ts'
import { hostPath } from './host-path.ts'
import { VolumeError, type VolumePlugin } from './volume.ts'

/** Mounts a claim's volume of the node itself (`hostPath`, `local`). Others need a CSI driver, which we lack. */
export const persistentVolumeClaim: VolumePlugin<PersistentVolumeClaimVolumeSource> = {
  async mount({ claimName, readOnly = false }, context) {
    const { namespace, uid } = context.pod.metadata
    const claim = await context.objects.get(PersistentVolumeClaims, namespace, claimName, uid)
    if (!claim) throw new VolumeError(`persistentvolumeclaim "${claimName}" not found`)
    if (claim.metadata.deletionTimestamp && context.pod.status.phase === 'Pending')
      throw new VolumeError(`persistentvolumeclaim "${claimName}" is being deleted`)
    const name = claim.spec.volumeName
    if (claim.status.phase !== 'Bound' || !name) throw new VolumeError(`PVC ${namespace}/${claimName} is not bound`)
    const volume = await context.objects.get(PersistentVolumes, undefined, name, uid)
    if (!volume) throw new VolumeError(`persistentvolume "${name}" not found`)
    if (volume.spec.claimRef?.uid !== claim.metadata.uid)
      throw new VolumeError(`PV ${name} is not bound to PVC ${namespace}/${claimName}`)
    const { local } = volume.spec
    const source = volume.spec.hostPath ?? (local && { path: local.path, type: 'Directory' })
    if (!source) {
      const known = ['capacity', 'accessModes', 'claimRef', 'nodeAffinity', 'mountOptions']
      const kind = Object.entries(volume.spec).find(([k, v]) => typeof v === 'object' && !known.includes(k))?.[0]
      throw new VolumeError(`volume plugin "${kind ?? 'unknown'}" of persistentvolume "${name}" is not supported`)
    }
    const mounted = await hostPath.mount(source, context)
    const { fsGroup, fsGroupChangePolicy } = context.pod.spec.securityContext ?? {}
    if (local && fsGroup !== undefined) {
      const onRootMismatch = fsGroupChangePolicy === 'OnRootMismatch'
      await context.host.files.chownGroup(mounted.path, fsGroup, { onRootMismatch, readonly: readOnly })
    }
    return { ...mounted, readOnly, relabel: true }
  },
}
