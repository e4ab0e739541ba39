import { type ServiceCIDR, ServiceCIDRs } from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameAndAge } from '../table.ts'

export const serviceCIDRs: Kind<ServiceCIDR> = {
  type: ServiceCIDRs,
  singular: 'servicecidr',
  generation: 'none',
  hasStatus: true,
  columns: nameAndAge(column('CIDRs', ({ spec }) => spec.cidrs?.join(',') ?? '')),
}
