import { type CSINode, CSINodes } from '../../../api/storage/v1/index.ts'
import type { Kind } from '../kind.ts'
import { integer, nameAndAge } from '../table.ts'

export const csiNodes: Kind<CSINode> = {
  type: CSINodes,
  singular: 'csinode',
  generation: 'none',
  unconditionalUpdate: false,
  columns: nameAndAge(integer('Drivers', (node) => node.spec.drivers.length)),
}
