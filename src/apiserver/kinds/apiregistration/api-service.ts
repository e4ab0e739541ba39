import {
  type APIService,
  APIServiceSpec,
  APIServices,
  type ServiceReference,
} from '../../../api/apiregistration/v1/index.ts'
import { conditionOf, withCondition } from '../../../api/conditions.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Condition } from '../../../api/meta/v1/index.ts'
import { dns1035Label, dns1123Subdomain, pathSegmentName, portNumber } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { among, given, named, required } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'

const available = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
}

export const apiServices: Kind<APIService> = {
  type: APIServices,
  singular: 'apiservice',
  categories: ['api-extensions'],
  hasStatus: true,
  generation: 'none',
  unconditionalUpdate: false,
  // The core group's is `v1.`.
  nameRule: pathSegmentName,
  // One without a Service is served by this server itself, and so always available.
  prepareForCreate: (service, { clock }) => ({
    ...service,
    status: service.spec?.service ? {} : { conditions: withCondition<Condition>([], available, clock) },
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
      group: named(dns1123Subdomain),
      version: (value = '', field) => given(dns1035Label)(value, field),
      groupPriorityMinimum: priority(20_000),
      versionPriority: priority(1000),
    }),
  ],
  validate,
  validateStatusUpdate: ({ status }) =>
    (status?.conditions ?? []).flatMap((condition, i) =>
      among('False', 'True', 'Unknown')(condition.status ?? '', `status.conditions[${i}].status`),
    ),
}

function priority(most: number): Check<number> {
  return (value = 0, field) =>
    value > 0 && value <= most ? [] : [fieldError.invalid(field, value, `must be positive and less than ${most}`)]
}

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '' } = spec ?? {}
  const wanted = `${version}.${group}`
  return [
    ...(metadata?.name === wanted
      ? []
      : [
          fieldError.invalid(
            'metadata.name',
            metadata?.name ?? '',
            `must be \`spec.version+"."+spec.group\`: "${wanted}"`,
          ),
        ]),
    ...(group === '' && version !== 'v1'
      ? [fieldError.required('spec.group', 'only v1 may have an empty group and it better be legacy kube')]
      : []),
    ...(spec?.service ? remoteProblems(spec, spec.service) : localProblems(spec ?? {})),
  ]
}

const sizeOf = (base64 = '') => Math.floor((base64.replace(/=+$/, '').length * 3) / 4)

/** Of a group that this server itself answers. */
function localProblems({ caBundle, insecureSkipTLSVerify }: Partial<APIServiceSpec>): FieldError[] {
  const bytes = sizeOf(caBundle)
  return [
    ...(bytes
      ? [fieldError.invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')]
      : []),
    ...(insecureSkipTLSVerify
      ? [fieldError.invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')]
      : []),
  ]
}

function remoteProblems({ caBundle, insecureSkipTLSVerify }: APIServiceSpec, service: ServiceReference): FieldError[] {
  const { namespace, name, port = 0 } = service
  const problems = portNumber(port)
  return [
    ...required(namespace, 'spec.service.namespace'),
    ...required(name, 'spec.service.name'),
    ...(problems.length
      ? [fieldError.invalid('spec.service.port', port, `port is not valid: ${problems.join(', ')}`)]
      : []),
    ...(insecureSkipTLSVerify && caBundle
      ? [fieldError.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ]
}
