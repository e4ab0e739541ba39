import { Namespaces, type Pod, Pods } from '../../../api/core/v1/index.ts'
import { forbidden, internalError } from '../../../api/errors.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import { created } from '../kinds.ts'

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'
type Labels = Record<string, string>

/** By namespace: the labels of the nodes that its pods may ask for. `clusterDefaultNodeSelector` is for those without any. */
export type NodeSelectors = Readonly<Record<string, string>>

/** Gives the pods of a namespace its node selector. */
export function podNodeSelector(selectors: NodeSelectors = {}): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    async admit(attributes) {
      const pod = created(attributes, Pods)
      if (!pod?.spec) return undefined
      const wanted = await selectorOf(attributes, selectors)
      const own = pod.spec.nodeSelector ?? {}
      if (Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value))
        throw forbidden(
          Pods,
          attributes.name,
          'pod node label selector conflicts with its namespace node label selector',
        )
      return { ...pod, spec: { ...pod.spec, nodeSelector: { ...own, ...wanted } } } as Pod
    },
    async validate(attributes) {
      const { nodeSelector = {} } = created(attributes, Pods)?.spec ?? {}
      const allowed = labelsIn(selectors[attributes.namespace ?? ''] ?? '')
      if (Object.keys(allowed).length === 0) return
      if (Object.entries(nodeSelector).some(([key, value]) => allowed[key] !== value))
        throw forbidden(Pods, attributes.name, 'pod node label selector labels conflict with its namespace whitelist')
    },
  }
}

async function selectorOf({ context, namespace = '' }: AdmissionAttributes, selectors: NodeSelectors): Promise<Labels> {
  const found = await context.objects.get(Namespaces, { name: namespace })
  const own = found?.metadata.annotations?.[annotation]
  return labelsIn(own ?? selectors.clusterDefaultNodeSelector ?? '')
}

/** `env=test,disk=ssd` */
function labelsIn(text: string): Labels {
  const entries = text.split(',').flatMap((part): [string, string][] => {
    if (part.trim() === '') return []
    const [key = '', value, more] = part.trim().split('=')
    if (!key || value === undefined || more !== undefined)
      throw internalError(new Error(`invalid selector: ${JSON.stringify(text)}`))
    return [[key, value]]
  })
  return Object.fromEntries(entries)
}
