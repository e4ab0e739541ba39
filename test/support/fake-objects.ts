import { notFound } from '../../src/api/errors.ts'
import type { ResourceType } from '../../src/api/machinery/schema/package.ts'
import type { KubeObject, ObjectName, Stored } from '../../src/api/object.ts'
import type { AdmissionPlugin, HookContext, Objects, Shown } from '../../src/apiserver/definition.ts'
import { definitions } from '../../src/apiserver/kinds/index.ts'

/** Objects in memory and a context around them: for tests of hooks and plugins. */
export function fakeContext(...given: [ResourceType, KubeObject][]) {
  let changes = 0
  const stored = new Map<ResourceType, Map<string, KubeObject>>()
  const of = (type: ResourceType) => stored.get(type) ?? stored.set(type, new Map()).get(type) ?? new Map()
  const key = ({ namespace = '', name = '' }: Partial<ObjectName>) => `${namespace}/${name}`
  const add = (type: ResourceType, object: KubeObject): KubeObject => {
    const metadata = {
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: `uid-${object.metadata?.name}`,
      ...object.metadata,
    }
    const whole = { spec: {}, status: {}, ...object, metadata }
    of(type).set(key(metadata), whole)
    changes++
    return whole
  }
  for (const [type, object] of given) add(type, object)
  const knownList = <T>(type: ResourceType<T>, namespace?: string) =>
    [...of(type).values()].filter((o) => !namespace || o.metadata?.namespace === namespace) as unknown as Stored<T>[]
  const objects: Objects = {
    get: async <T>(type: ResourceType<T>, name: ObjectName) => of(type).get(key(name)) as Stored<T> | undefined,
    known: <T>(type: ResourceType<T>, name: ObjectName) => of(type).get(key(name)) as Stored<T> | undefined,
    digests: async <T, D>(type: ResourceType<T>, make: (object: Stored<T>) => D) =>
      ([...of(type).values()] as unknown as Stored<T>[]).map(make),
    snapshot: <T>(type: ResourceType<T>) => ({
      revision: changes,
      objects: () => [...of(type).values()] as unknown as Stored<T>[],
    }),
    list: async (type, namespace) => knownList(type, namespace),
    knownList,
    create: async <T>(type: ResourceType<T>, object: T) => add(type, object as KubeObject) as Stored<T>,
    async update<T>(type: ResourceType<T>, name: ObjectName, change: (object: Stored<T>) => Stored<T>) {
      const old = of(type).get(key(name)) as Stored<T> | undefined
      if (!old) throw notFound(type, name.name)
      const now = change(old)
      of(type).set(key(name), now as KubeObject)
      changes++
      return now
    },
    async delete<T>(type: ResourceType<T>, name: ObjectName) {
      if (!of(type).delete(key(name))) throw notFound(type, name.name)
      changes++
    },
  }
  let chance = 0
  const warnings: string[] = []
  const context: HookContext = {
    user: { name: 'alice', groups: [] },
    clock: { now: () => Date.parse('2026-01-01T00:00:00Z'), after: () => () => {} },
    random: {
      next: () => {
        chance = (chance + 0.137) % 1
        return chance
      },
      uuid: () => '00000000-0000-4000-8000-000000000000',
    },
    dryRun: false,
    annotate() {},
    authorize: async () => ({ allowed: true }),
    objects,
    warn: (text) => void warnings.push(text),
  }
  return { context, warnings }
}

const all = definitions()
export const definitionOf = (type: ResourceType) => {
  const found = all.find((d) => d.type === type)
  if (!found) throw new Error(`no definition of ${type.resource}`)
  return found
}

const shownAs = ({ group, version, resource, kind, namespaced }: ResourceType): Shown => ({
  group,
  version,
  resource,
  kind: { group, version, kind },
  namespaced,
  encode: (object) => object,
  decode: (shown) => shown as KubeObject,
})

interface Write {
  operation?: 'CREATE' | 'UPDATE' | 'DELETE'
  subresource?: string
  old?: KubeObject
}

/** Sends a write through one plugin, as the server does; answers the admitted object. */
export async function through<T extends KubeObject>(
  plugin: AdmissionPlugin,
  context: HookContext,
  type: ResourceType<T>,
  object: T,
  { operation = 'CREATE', subresource, old }: Write = {},
): Promise<T> {
  const attributes = {
    operation,
    subresource,
    definition: definitionOf(type as ResourceType),
    name: object.metadata?.name ?? '',
    namespace: object.metadata?.namespace,
    old: old as Stored<KubeObject> | undefined,
    context,
    shown: () => [shownAs(type as ResourceType)],
    options: () => ({}),
    rounds: { second: false, again() {}, memory: new Map<string, unknown>() },
    leave() {},
  }
  const admitted = (operation === 'DELETE' ? undefined : await plugin.admit?.({ ...attributes, object })) ?? object
  await plugin.validate?.({ ...attributes, object: operation === 'DELETE' ? undefined : admitted })
  return admitted as T
}
