import { fieldError } from '../../../api/errors.ts'
import { type PriorityLevelConfiguration, PriorityLevelConfigurations } from '../../../api/flowcontrol/v1/index.ts'
import { mandatory } from '../../flow-control/defaults.ts'
import type { Kind } from '../kind.ts'
import { ageColumn, column, nameColumn, none } from '../table.ts'
import { conditionTypes, levelRules } from './level-rules.ts'
import { changedMandatory } from './mandatory.ts'

export const priorityLevelConfigurations: Kind<PriorityLevelConfiguration> = {
  type: PriorityLevelConfigurations,
  singular: 'prioritylevelconfiguration',
  hasStatus: true,
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column('Type', ({ spec }) => spec.type),
    column('NominalConcurrencyShares', ({ spec }) =>
      String((spec.limited ?? spec.exempt)?.nominalConcurrencyShares ?? none),
    ),
    column('Queues', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.queues ?? none)),
    column('HandSize', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.handSize ?? none)),
    column('QueueLengthLimit', ({ spec }) => String(spec.limited?.limitResponse?.queuing?.queueLengthLimit ?? none)),
    ageColumn(),
  ],
  rules: levelRules,
  validate: ({ metadata, spec }) => [
    ...((metadata?.name === 'exempt') === (spec?.type === 'Exempt')
      ? []
      : [fieldError.invalid('spec.type', spec?.type ?? '', "type must be 'Exempt' if and only if name is 'exempt'")]),
    // What the exempt level lends is for users to say.
    ...(metadata?.name === 'exempt' ? [] : changedMandatory(metadata?.name, spec, mandatory.levels)),
  ],
  validateStatusUpdate: ({ status }) => conditionTypes(status),
}
