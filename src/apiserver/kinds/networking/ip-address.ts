import { ipProblem } from '../../../api/ip.ts'
import { type IPAddress, IPAddresses } from '../../../api/networking/v1/index.ts'
import type { Kind } from '../kind.ts'
import { column, nameAndAge } from '../table.ts'

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
  nameRule: ipProblem,
}
