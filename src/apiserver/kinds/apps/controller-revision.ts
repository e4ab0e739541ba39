import { type ControllerRevision, ControllerRevisions } from '../../../api/apps/v1/index.ts'
import { formatOwner } from '../format.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, integer, nameColumn, none } from '../table.ts'

export const controllerRevisions: Kind<ControllerRevision> = {
  type: ControllerRevisions,
  singular: 'controllerrevision',
  generation: 'none',
  columns: [
    nameColumn(),
    column('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find((o) => o.controller)
      return owner ? formatOwner(owner.apiVersion, owner.kind, owner.name) : none
    }),
    integer('Revision', (revision) => revision.revision),
    ageColumn(),
  ],
}
