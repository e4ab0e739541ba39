import { type ServiceCIDR, ServiceCIDRs } from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameAndAge } from '../table.ts'
import { cidrWarnings } from '../warnings/addresses.ts'

export const serviceCIDRs: Kind<ServiceCIDR> = {
  type: ServiceCIDRs,
  singular: 'servicecidr',
  generation: 'none',
  hasStatus: true,
  warnings: ({ spec: { cidrs = [] } = {} }) => cidrs.flatMap((range, i) => cidrWarnings(range, `spec.cidrs[${i}]`)),
  columns: nameAndAge(column('CIDRs', ({ spec }) => spec.cidrs?.join(',') ?? '')),
}
