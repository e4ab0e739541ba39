import { fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import {
  type CSINode,
  CSINodeDriver,
  CSINodeSpec,
  CSINodes,
  VolumeNodeResources,
} from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { bytesOf, duplicates, given, needs, notNegative, required, unchanged } from '../rules/checks.ts'
import { csiDriverName } from '../rules/disks.ts'
import { rule } from '../rules/walk.ts'
import { integer, nameAndAge } from '../table.ts'

export const csiNodes: Kind<CSINode> = {
  type: CSINodes,
  singular: 'csinode',
  generation: 'none',
  unconditionalUpdate: false,
  columns: nameAndAge(integer('Drivers', (node) => node.spec.drivers.length)),
  rules: [
    rule(CSINodeSpec, {
      drivers: (list = [], field) => duplicates(list.map(({ name }, i) => [name, `${field}[${i}].name`])),
    }),
    rule(
      CSINodeDriver,
      {
        name: csiDriverName,
        nodeID: needs((value = '', field) =>
          bytesOf(value) > maxNodeId
            ? [fieldError.invalid(field, value, `must be ${maxNodeId} characters or less`)]
            : [],
        ),
      },
      // The errors are about the driver, not about its keys.
      ({ topologyKeys = [] }, field) => [
        ...topologyKeys.flatMap((key) => [...required(key, field), ...given(qualifiedName)(key, field)]),
        ...duplicates(topologyKeys.map((key) => [key, field])),
      ],
    ),
    rule(VolumeNodeResources, { count: notNegative }),
  ],
  validateUpdate: (now, old) =>
    old.spec.drivers.flatMap((before) => {
      const { allocatable: _, ...driver } = now.spec?.drivers?.find(({ name }) => name === before.name) ?? before
      const { allocatable: __, ...rest } = before
      return unchanged(driver, rest, 'spec.drivers')
    }),
}

const maxNodeId = 256
