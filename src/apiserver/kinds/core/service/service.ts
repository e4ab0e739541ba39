import { type Service, Services } from '../../../../api/core/v1/index.ts'
import { formatIp, nthAddress, parseCidr } from '../../../../api/ip.ts'
import { dns1123Label } from '../../../../api/names.ts'
import type { Stored } from '../../../../api/object.ts'
import { formatLabels } from '../../format.ts'
import type { Kind } from '../../kind.ts'
import type { ResourceOptions } from '../../options.ts'
import { ageColumn, column, nameColumn, none, unknown, wide } from '../../table.ts'
import { serviceWarnings } from '../../warnings/service.ts'
import { proxyVerbs } from '../connect-verbs.ts'
import { carriedOver, withBothIPs } from './fields.ts'
import { serviceRules, validateService, validateServiceStatus, validateServiceUpdate } from './rules.ts'

export function services({ services: allocator }: ResourceOptions): Kind<Service> {
  return {
    type: Services,
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    generation: 'none',
    createOnUpdate: true,
    connects: { proxy: proxyVerbs },
    selectableFields: {
      'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
      'spec.type': ({ spec }) => spec.type ?? '',
    },
    prepareForCreate: (service) => ({
      ...service,
      ...(service.spec && { spec: withBothIPs(service.spec) }),
      status: { loadBalancer: {} },
    }),
    prepareForUpdate: carriedOver,
    ...(allocator && {
      allocate: (service, old, context) => allocator.allocate(service, old, context),
      released: (service, context) => allocator.released(service, context),
    }),
    columns: [
      nameColumn(),
      column('Type', ({ spec }) => spec.type ?? ''),
      column('Cluster-IP', ({ spec }) => spec.clusterIPs?.[0] || spec.clusterIP || none),
      column('External-IP', externalAddress),
      column(
        'Port(s)',
        ({ spec }) =>
          (spec.ports ?? [])
            .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
            .join(',') || none,
      ),
      ageColumn(),
      wide('Selector', ({ spec }) => formatLabels(spec.selector)),
    ],
    nameRule: dns1123Label,
    rules: serviceRules,
    warnings: serviceWarnings,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    validateStatusUpdate: validateServiceStatus,
  }
}

export const defaultServiceRange = '10.96.0.0/16'

/** The cluster IP of the `kubernetes` Service: the first address of the (first) range. @throws Error for no range */
export function kubernetesServiceIP(range = defaultServiceRange): string {
  const cidr = parseCidr(range.split(',')[0] ?? '')
  const first = cidr && nthAddress(cidr, 1)
  if (!first) throw new Error(`invalid service cluster IP range ${JSON.stringify(range)}`)
  return formatIp(first)
}

function externalAddress({ spec, status }: Stored<Service>): string {
  const own = spec.externalIPs ?? []
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort') return own.join(',') || none
  if (spec.type !== 'LoadBalancer') return unknown
  const given = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname)
  return [...given, ...own].join(',') || '<pending>'
}
