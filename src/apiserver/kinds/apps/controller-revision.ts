import { ControllerRevision, ControllerRevisions } from '../../../api/apps/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import { formatOwner } from '../format.ts'
import type { Kind } from '../kind.ts'
import { notNegative, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
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
  rules: [
    rule(ControllerRevision, {
      data: (value, field) => (value === undefined ? [fieldError.required(field, 'data is mandatory')] : []),
      revision: notNegative,
    }),
  ],
  validateUpdate: (now, old) => unchanged(now.data, old.data, 'data'),
}
