import { dns1123Subdomain, pathSegmentName } from '../../../api/names.ts'
import { type IPAddress, IPAddresses, IPAddressSpec, ParentReference } from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { named, needs, required, unchanged } from '../rules/checks.ts'
import { canonicalIpProblem } from '../rules/network.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'

const pathSegment = named(pathSegmentName)

export const ipAddresses: Kind<IPAddress> = {
  type: IPAddresses,
  singular: 'ipaddress',
  shortNames: ['ip'],
  generation: 'none',
  columns: nameAndAge(
    column('ParentRef', ({ spec: { parentRef } }) => {
      const { group, resource, namespace, name } = parentRef
      const kind = `${resource}${group ? `.${group}` : ''}`.toLowerCase()
      return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`
    }),
  ),
  nameRule: canonicalIpProblem,
  rules: [
    rule(IPAddressSpec, { parentRef: required }),
    rule(ParentReference, {
      group: named(dns1123Subdomain),
      resource: needs(pathSegment),
      name: needs(pathSegment),
      namespace: pathSegment,
    }),
  ],
  validateUpdate: (now, old) => unchanged(now.spec?.parentRef, old.spec.parentRef, 'spec.parentRef'),
}
