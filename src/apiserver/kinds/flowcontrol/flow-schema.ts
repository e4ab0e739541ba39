import { conditionOf } from '../../../api/conditions.ts'
import { fieldError } from '../../../api/errors.ts'
import { type FlowSchema, FlowSchemas } from '../../../api/flowcontrol/v1/index.ts'
import { mandatory } from '../../flow-control/defaults.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, integer, nameColumn, none } from '../table.ts'
import { conditionTypes } from './level-rules.ts'
import { changedMandatory } from './mandatory.ts'
import { schemaRules } from './schema-rules.ts'

export const flowSchemas: Kind<FlowSchema> = {
  type: FlowSchemas,
  singular: 'flowschema',
  hasStatus: true,
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column('PriorityLevel', ({ spec }) => spec.priorityLevelConfiguration.name),
    integer('MatchingPrecedence', ({ spec }) => spec.matchingPrecedence ?? 0),
    column('DistinguisherMethod', ({ spec }) => spec.distinguisherMethod?.type ?? none),
    ageColumn(),
    column('MissingPL', ({ status }) => conditionOf(status.conditions, 'Dangling')?.status ?? '?'),
  ],
  rules: schemaRules,
  validate: ({ metadata, spec }) => [
    ...(spec?.matchingPrecedence === 1 && metadata?.name !== 'exempt'
      ? [
          fieldError.invalid(
            'spec.matchingPrecedence',
            1,
            "only the schema named 'exempt' may have matchingPrecedence 1",
          ),
        ]
      : []),
    ...changedMandatory(metadata?.name, spec, mandatory.schemas),
  ],
  validateStatusUpdate: ({ status }) => conditionTypes(status),
}
