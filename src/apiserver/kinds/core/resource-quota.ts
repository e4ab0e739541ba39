import * as core from '../../../api/core/v1/index.ts'
import { define } from '../define.ts'
import { containerImages, containerNames, formatLabels } from '../format.ts'
import { ageColumn, column, firstFew, nameAndAge, nameColumn, none, plainColumns } from '../table.ts'

/** The kinds of the core group that need little more than a table. */
export const plainCore = [
  define<core.ConfigMap>({
    type: core.ConfigMaps,
    singular: 'configmap',
    shortNames: ['cm'],
    generation: 'none',
    columns: nameAndAge(
      column('Data', (map) => String(Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length)),
    ),
  }),
  define<core.Endpoints>({
    type: core.EndpointsResource,
    singular: 'endpoints',
    shortNames: ['ep'],
    generation: 'none',
    createOnUpdate: true,
    columns: nameAndAge(column('Endpoints', (endpoints) => firstFew(addresses(endpoints)) || none)),
  }),
  define<core.LimitRange>({
    type: core.LimitRanges,
    singular: 'limitrange',
    shortNames: ['limits'],
    generation: 'none',
    createOnUpdate: true,
    columns: plainColumns(),
  }),
  define<core.ResourceQuota>({
    type: core.ResourceQuotas,
    singular: 'resourcequota',
    shortNames: ['quota'],
    generation: 'none',
    hasStatus: true,
    columns: [
      nameColumn(),
      column('Request', (quota) => usage(quota, (name) => !name.startsWith('limits'))),
      column('Limit', (quota) => usage(quota, (name) => name.startsWith('limits'))),
      ageColumn(),
    ],
  }),
  define<core.PodTemplate>({
    type: core.PodTemplates,
    singular: 'podtemplate',
    generation: 'all',
    columns: [
      nameColumn(),
      column('Containers', (template) => containerNames(template.template?.spec)),
      column('Images', (template) => containerImages(template.template?.spec)),
      column('Pod Labels', (template) => formatLabels(template.template?.metadata?.labels)),
    ],
  }),
  define<core.ComponentStatus>({
    type: core.ComponentStatuses,
    singular: 'componentstatus',
    shortNames: ['cs'],
    verbs: ['get', 'list'],
    generation: 'none',
    columns: [
      nameColumn(),
      column('Status', (component) =>
        component.conditions?.some((c) => c.type === 'Healthy' && c.status === 'True') ? 'Healthy' : 'Unhealthy',
      ),
      column('Message', (component) => component.conditions?.find((c) => c.type === 'Healthy')?.message ?? ''),
      column('Error', (component) => component.conditions?.find((c) => c.type === 'Healthy')?.error ?? ''),
    ],
  }),
]

function addresses(endpoints: core.Endpoints): string[] {
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`)),
  )
}

function usage({ status }: { status: core.ResourceQuotaStatus }, wanted: (name: string) => boolean): string {
  return Object.keys(status.hard ?? {})
    .filter(wanted)
    .sort()
    .map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name]}`)
    .join(', ')
}
