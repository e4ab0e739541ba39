import type { PodTemplateSpec } from '../../api/core/v1/index.ts'
import type { LabelSelector } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { ScaleDefinition } from '../definition.ts'
import { containerImages, containerNames, formatSelector, selectorText } from './format.ts'
import { wide } from './table.ts'

interface Workload extends KubeObject {
  spec?: { selector?: LabelSelector; template?: PodTemplateSpec }
}

/** Containers, images and selector: the last columns of `-o wide`. */
export function templateColumns<T extends Workload>() {
  const specOf = (object: Stored<T>) => (object as Workload).spec
  return [
    wide<T>('Containers', (object) => containerNames(specOf(object)?.template?.spec)),
    wide<T>('Images', (object) => containerImages(specOf(object)?.template?.spec)),
    wide<T>('Selector', (object) => formatSelector(specOf(object)?.selector)),
  ]
}

interface Scalable extends Workload {
  spec?: Workload['spec'] & { replicas?: number }
  status?: { replicas?: number }
}

export function scaleOf<T extends Scalable>(): ScaleDefinition<T> {
  return {
    path: ['spec', 'replicas'],
    replicas: (object) => (object as Scalable).spec?.replicas ?? 0,
    statusReplicas: (object) => (object as Scalable).status?.replicas ?? 0,
    selector: (object) => selectorText((object as Scalable).spec?.selector),
    withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
  }
}
