import type { PodTemplateSpec } from '../../../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import { nameWarnings } from './names.ts'
import { templateWarnings } from './pod-template.ts'

interface Workload extends KubeObject {
  spec?: { template?: PodTemplateSpec }
}

/** Of the template, when it is new or something of the spec is. */
export const workloadWarnings = <T extends Workload>(object: T, old?: Stored<T>): string[] =>
  old && isSame(object, old) ? [] : templateWarnings(object.spec?.template, 'spec.template')

/** As `workloadWarnings`, for workloads that name their pods after themselves. */
export const namedWorkloadWarnings = <T extends Workload>(object: T, old?: Stored<T>): string[] => [
  ...(old ? [] : nameWarnings(object)),
  ...workloadWarnings(object, old),
]

export const isSame = (object: KubeObject, old: Stored<KubeObject>): boolean =>
  object.metadata?.generation === old.metadata.generation
