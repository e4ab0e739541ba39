import type { Stored } from '../../../api/object.ts'
import { type ResourceClaim, ResourceClaims } from '../../../api/resource/v1/index.ts'
import { loadExpressions } from '../../expressions/lazy.ts'
import type { Kind } from '../kind.ts'
import { unchanged } from '../rules/checks.ts'
import { column, nameAndAge } from '../table.ts'
import { claimRules } from './claim-rules.ts'
import { claimStatusProblems } from './claim-status.ts'

export const resourceClaims: Kind<ResourceClaim> = {
  type: ResourceClaims,
  singular: 'resourceclaim',
  load: loadExpressions,
  generation: 'none',
  hasStatus: true,
  rules: claimRules,
  validateUpdate: (now, old) => unchanged(now.spec, old.spec, 'spec'),
  validateStatusUpdate: claimStatusProblems,
  columns: nameAndAge(column('State', claimState)),
}

function claimState({ metadata, status }: Stored<ResourceClaim>): string {
  const states = [
    metadata.deletionTimestamp && 'deleted',
    status.allocation ? 'allocated' : !metadata.deletionTimestamp && 'pending',
    status.reservedFor?.length && 'reserved',
  ]
  return states.filter(Boolean).join(',')
}
