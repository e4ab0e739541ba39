import { type PersistentVolumeClaim, PersistentVolumeClaims } from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import { parseQuantity } from '../../api/quantity.ts'
import { StorageClasses } from '../../api/storage/v1/index.ts'
import type { AdmissionPlugin } from '../definition.ts'
import { updated } from './kinds.ts'

/** Lets a claim grow only if its storage class allows expansion. */
export const claimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  async validate(attributes) {
    const claim = updated(attributes, PersistentVolumeClaims)
    const old = attributes.old as PersistentVolumeClaim | undefined
    if (!claim || !old) return
    const size = ({ spec }: PersistentVolumeClaim) => parseQuantity(spec?.resources?.requests?.storage ?? '0')
    if (size(claim).compare(size(old)) <= 0) return
    const refuse = (why: string) => forbidden(PersistentVolumeClaims, attributes.name, why)
    if (old.status?.phase !== 'Bound') throw refuse('Only bound persistent volume claims can be expanded')
    const name = old.spec?.storageClassName
    const found = name ? await attributes.context.objects.get(StorageClasses, { name }) : undefined
    if (!found?.allowVolumeExpansion)
      throw refuse(
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
  },
}
