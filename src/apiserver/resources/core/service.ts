import { type Service, Services } from '../../../api/core/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { define } from '../define.ts'
import { formatLabels } from '../format.ts'
import type { ResourceOptions } from '../options.ts'
import { ageColumn, column, nameColumn, none, unknown, wide } from '../table.ts'

export const services = (_options: ResourceOptions) =>
  define<Service>({
    type: Services,
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    generation: 'none',
    createOnUpdate: true,
    connects: ['proxy'],
    selectableFields: {
      'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
      'spec.type': ({ spec }) => spec.type ?? '',
    },
    prepareForCreate: (service) => ({ ...service, status: { loadBalancer: {} } }),
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
  })

function externalAddress({ spec, status }: Stored<Service>): string {
  const own = spec.externalIPs ?? []
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort') return own.join(',') || none
  if (spec.type !== 'LoadBalancer') return unknown
  const given = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname)
  return [...given, ...own].join(',') || '<pending>'
}
