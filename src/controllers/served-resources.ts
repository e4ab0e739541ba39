import { CustomResourceDefinitions, type CustomResourceDefinition } from '../api/apiextensions/v1/index.ts'
import { type KubeObject, type Stored } from '../api/object.ts'
import { builtinResources } from '../api/resources.ts'
import type { ResourceType } from '../api/schema/package.ts'
import type { Informers } from '../client/informer.ts'

/** A resource whose objects can be listed, watched and deleted, of whatever kind. */
export type AnyResource = ResourceType<KubeObject>

/** Kinds that are questions, not things. */
const notStored = /(reviews|^bindings|^componentstatuses|^evictions|^scales)$/
/** Second names of what is served under another one already. */
const secondNames = new Set(['events.k8s.io/v1 events', 'autoscaling/v1 horizontalpodautoscalers'])

const stored = builtinResources.filter(
  ({ apiVersion, resource }) => !notStored.test(resource) && !secondNames.has(`${apiVersion} ${resource}`),
) as AnyResource[]

/** All resources that hold objects: the built-in ones, and those that CustomResourceDefinitions define at present. */
export function servedResources(informers: Informers): AnyResource[] {
  return [...stored, ...informers.of(CustomResourceDefinitions).list().flatMap(customResource)]
}

function customResource({ spec, status }: Stored<CustomResourceDefinition>): AnyResource[] {
  const established = status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
  const version = spec.versions.find(({ served, storage }) => served && storage) ?? spec.versions.find((v) => v.served)
  if (!established || !version) return []
  const { group, names, scope } = spec
  const { kind, plural } = names
  const gvk = { group, version: version.name, kind }
  return [
    {
      group,
      version: version.name,
      apiVersion: `${group}/${version.name}`,
      kind,
      resource: plural,
      namespaced: scope === 'Namespaced',
      type: { kind: 'message', name: kind, definition: `${group}.${version.name}.${kind}`, fields: {}, gvk },
    },
  ]
}
