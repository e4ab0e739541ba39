import { type Pod, Pods } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Informer, Informers } from '../../client/informers/informer.ts'

const byNode = 'controllers/spec.nodeName'

/** The shared informer of pods, with the index that `podsOn` reads. */
export function podsOfNode(informers: Informers): Informer<Pod> {
  const pods = informers.of(Pods)
  pods.addIndex(byNode, ({ spec }) => [spec.nodeName ?? ''])
  return pods
}

/** The pods of a node; '' for pods without one. */
export const podsOn = (pods: Informer<Pod>, node: string): Stored<Pod>[] => pods.byIndex(byNode, node)
