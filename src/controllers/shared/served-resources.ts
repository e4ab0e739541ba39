import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import type { Stored } from '../../api/object.ts'
import { builtinResources } from '../../api/resources.ts'
import type { Informers } from '../../client/informers/informer.ts'
import { type AnyResource, looseResource } from '../../client/loose-resource.ts'

/** Kinds that are queries, not stored objects. */
const notStored = /(reviews|^bindings|^componentstatuses|^evictions|^scales)$/
/** Second names of resources that another group or version serves, too. */
const secondNames = new Set(['events.k8s.io/v1 events', 'autoscaling/v1 horizontalpodautoscalers'])

const stored = builtinResources.filter(
  ({ apiVersion, resource }) => !notStored.test(resource) && !secondNames.has(`${apiVersion} ${resource}`),
) as AnyResource[]

/** All resources that store objects: the built-in ones, and those of present CustomResourceDefinitions. */
export function servedResources(informers: Informers): AnyResource[] {
  return [...stored, ...informers.of(CustomResourceDefinitions).list().flatMap(customResource)]
}

function customResource({ spec, status }: Stored<CustomResourceDefinition>): AnyResource[] {
  const established = isConditionTrue(status.conditions, 'Established')
  const version = spec.versions.find(({ served, storage }) => served && storage) ?? spec.versions.find((v) => v.served)
  if (!established || !version) return []
  const { group, names, scope } = spec
  const { kind, plural: resource } = status.acceptedNames ?? names
  return [looseResource({ group, version: version.name, kind, resource, namespaced: scope === 'Namespaced' })]
}
