import { type Family, readings } from '../metrics/metrics.ts'
import type { Resources } from '../registry/resources.ts'

/** What the caches hold at present, under upstream's names. */
export function storageMetrics(resources: Resources): Family[] {
  const each = (name: string, help: string, read: (cache: Resources['caches'][number]) => number) =>
    readings(name, help, ['group', 'resource'], () =>
      resources.caches.map((cache) => {
        const { group, resource } = cache.definition.type
        return [[group, resource], read(cache)] as const
      }),
    )
  return [
    each('apiserver_resource_objects', 'Stored objects by resource.', ({ size }) => size),
    each('apiserver_resource_size_estimate_bytes', 'Stored bytes by resource.', ({ bytes }) => bytes),
    readings('apiserver_storage_objects', 'Stored objects by resource, by the old name.', ['resource'], () =>
      resources.caches.map(({ definition: { type }, size }) => [
        [type.group ? `${type.resource}.${type.group}` : type.resource],
        size,
      ]),
    ),
    readings('apiserver_registered_watchers', 'Watchers by resource.', ['group', 'version', 'kind'], () =>
      resources.caches
        .filter(({ watchers }) => watchers.size > 0)
        .map(({ definition: { type }, watchers }) => [[type.group, type.version, type.kind], watchers.size]),
    ),
  ]
}
