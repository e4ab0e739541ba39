import type { PersistentVolumeClaimSpec } from '../../../api/core/v1/index.ts'
import { fractionalBytes } from './amounts.ts'

export const claimWarnings = ({ resources = {} }: PersistentVolumeClaimSpec, field: string): string[] => [
  ...fractionalBytes(resources.requests, ['storage'], `${field}.resources.requests`),
  ...fractionalBytes(resources.limits, ['storage'], `${field}.resources.limits`),
]
