import { type Lease, LeaseSpec, Leases } from '../../../api/coordination/v1/index.ts'
import type { Kind } from '../kind.ts'
import { notNegative, oneOf, positive } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'

export const leases: Kind<Lease> = {
  type: Leases,
  singular: 'lease',
  generation: 'none',
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: nameAndAge(column('Holder', (lease) => lease.spec.holderIdentity ?? '')),
  rules: [
    rule(LeaseSpec, {
      leaseDurationSeconds: positive,
      leaseTransitions: notNegative,
      strategy: oneOf('OldestEmulationVersion'),
    }),
  ],
}
