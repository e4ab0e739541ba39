import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Informer, Informers } from '../../client/informers/informer.ts'
import { controllerOf } from '../../controller/ownership.ts'

/** The shared informer of a resource, indexed by controller for the functions below. */
export function indexedByController<T extends KubeObject>(
  informers: Informers,
  resource: ResourceType<T>,
): Informer<T> {
  const informer = informers.of(resource)
  informer.addIndex(byController, ({ metadata }) => {
    return [controllerOf({ metadata })?.uid ?? orphansOf(metadata.namespace)]
  })
  return informer
}

/** The objects controlled by the owner with this uid. */
export const controlledBy = <T>(informer: Informer<T>, uid: string): Stored<T>[] => informer.byIndex(byController, uid)

type Owner = { metadata: { uid: string; namespace?: string } }

/** The objects of an owner's namespace without a controller. */
export const orphansBeside = <T>(informer: Informer<T>, { metadata }: Owner): Stored<T>[] =>
  informer.byIndex(byController, orphansOf(metadata.namespace))

/** The objects that an owner may claim: those that it controls, and those without a controller. */
export const claimable = <T>(informer: Informer<T>, owner: Owner): Stored<T>[] => [
  ...controlledBy(informer, owner.metadata.uid),
  ...orphansBeside(informer, owner),
]

const byController = 'controllerUid'
const orphansOf = (namespace = '') => `${namespace}/`
