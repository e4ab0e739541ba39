import type { PersistentVolumeSpec } from '../../../api/core/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import type { Check } from '../rules/walk.ts'

const inline = 'in the context of inline volumes'
const stored = ['claimRef', 'nodeAffinity', 'storageClassName'] as const

/** A volume within an attachment says nothing of how it is stored and claimed, and is a driver's. */
export const inlineVolume: Check<PersistentVolumeSpec> = (spec, field) => {
  if (!spec) return []
  const { capacity = {}, csi, persistentVolumeReclaimPolicy: policy, volumeMode: mode } = spec
  const forbidden = (isGiven: boolean, name: string, why = `may not be specified ${inline}`) =>
    isGiven ? [fieldError.forbidden(`${field}.${name}`, why)] : []
  return [
    ...stored.flatMap((name) => forbidden(Boolean(spec[name]), name)),
    ...forbidden(Object.keys(capacity).length > 0, 'capacity'),
    ...(csi ? [] : [fieldError.required(`${field}.csi`, `has to be specified ${inline}`)]),
    ...forbidden(
      policy !== undefined && policy !== '' && policy !== 'Retain',
      'persistentVolumeReclaimPolicy',
      `may only be Retain ${inline}`,
    ),
    ...forbidden(
      mode !== undefined && mode !== 'Filesystem',
      'volumeMode',
      `may not specify volumeMode other than Filesystem ${inline}`,
    ),
  ]
}
