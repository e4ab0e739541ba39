import { type Pod, Pods, type Toleration } from '../../../api/core/v1/index.ts'
import type { AdmissionPlugin } from '../../definition.ts'
import { created, updated } from '../kinds.ts'

/** A pod that asks for devices tolerates the taints of the nodes that have them, which are named after these. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  async admit(attributes) {
    const pod = created(attributes, Pods) ?? updated(attributes, Pods)
    if (!pod?.spec) return undefined
    const { initContainers = [], containers, tolerations: own = [] } = pod.spec
    const resources = [...initContainers, ...containers].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}),
    )
    const wanted = [...new Set(resources)].filter(isExtended).sort()
    const missing = wanted
      .filter((key) => !own.some((one) => one.key === key && one.operator === 'Exists' && !one.effect))
      .map((key): Toleration => ({ key, operator: 'Exists' }))
    if (missing.length === 0) return undefined
    return { ...pod, spec: { ...pod.spec, tolerations: [...own, ...missing] } } as Pod
  },
}

/** `nvidia.com/gpu`: of a domain that is not Kubernetes' own. */
const isExtended = (name: string): boolean =>
  name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.')
