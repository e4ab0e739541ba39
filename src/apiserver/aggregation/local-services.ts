import { type APIService, APIServices } from '../../api/apiregistration/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Objects } from '../definition.ts'
import type { Resources } from '../registry/resources.ts'
import { isBuiltIn, priorityOf } from './priorities.ts'

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'

/**
 * Keeps an APIService for every version of a group that this server itself serves: for built-in ones from the start, for those of
 * definitions as long as they are served. Those that somebody else has made stay. Returns a function that stops it.
 */
export function keepLocalServices(
  resources: Resources,
  objects: Objects,
  failed: (error: unknown) => void,
): { settled: Promise<void>; stop(): void } {
  let stopped = false
  let again = false
  let running: Promise<void> | undefined
  const keep = (): Promise<void> => {
    again = true
    running ??= (async () => {
      while (again && !stopped) {
        again = false
        await sync(resources, objects).catch(failed)
      }
      running = undefined
    })()
    return running
  }
  const ignore = resources.onChange(() => void keep())
  return {
    settled: keep(),
    stop() {
      stopped = true
      ignore()
    },
  }
}

async function sync(resources: Resources, objects: Objects): Promise<void> {
  const wanted = new Map<string, APIService>(
    [...resources.groups()].flatMap(([group, versions]) =>
      versions.map((version) => [`${version}.${group}`, localService(group, version)] as const),
    ),
  )
  const present = new Map(objects.knownList(APIServices).map((service) => [service.metadata.name, service]))
  for (const [name, service] of wanted)
    if (!present.has(name)) await objects.create(APIServices, service).catch(unless(409))
  for (const [name, { metadata, spec }] of present)
    if (!wanted.has(name) && metadata.labels?.[managedLabel] && !spec.service)
      await objects.delete(APIServices, { name }).catch(unless(404))
}

function localService(group: string, version: string): APIService {
  return {
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: isBuiltIn(group) ? 'onstart' : 'true' } },
    spec: { group, version, ...priorityOf(group, version) },
  }
}

const unless = (code: number) => (error: unknown) => {
  if (codeOf(error) !== code) throw error
}
