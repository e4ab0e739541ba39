import { type APIService, APIServiceSpec, APIServices } from '../../../api/apiregistration/v1/index.ts'
import { formatTime } from '../../../api/clock.ts'
import { conditionOf } from '../../../api/conditions.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1035Label } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { between, named, needs } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'

export const apiServices: Kind<APIService> = {
  type: APIServices,
  singular: 'apiservice',
  categories: ['api-extensions'],
  hasStatus: true,
  generation: 'none',
  unconditionalUpdate: false,
  // Served by this server itself, and so always available.
  prepareForCreate: (service, { clock }) => ({
    ...service,
    status: service.spec?.service
      ? {}
      : {
          conditions: [
            {
              type: 'Available',
              status: 'True',
              reason: 'Local',
              message: 'Local APIServices are always available',
              lastTransitionTime: formatTime(clock.now()),
            },
          ],
        },
  }),
  columns: nameAndAge(
    column('Service', ({ spec: { service } }) => (service ? `${service.namespace}/${service.name}` : 'Local')),
    column('Available', ({ status }) => {
      const available = conditionOf(status.conditions, 'Available')
      return available?.status === 'True' ? 'True' : `${available?.status ?? 'Unknown'} (${available?.reason ?? ''})`
    }),
  ),
  rules: [
    rule(APIServiceSpec, {
      groupPriorityMinimum: between(1, 20_000),
      versionPriority: (value = 0, field) =>
        value > 0 && value <= 1000 ? [] : [fieldError.invalid(field, value, 'must be positive and no more than 1000')],
      version: needs(named(dns1035Label)),
    }),
  ],
  validate,
}

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '' } = spec ?? {}
  const wanted = `${version}.${group}`
  return metadata?.name === wanted
    ? []
    : [
        fieldError.invalid(
          'metadata.name',
          metadata?.name ?? '',
          `must be \`spec.version+"."+spec.group\`: "${wanted}"`,
        ),
      ]
}
