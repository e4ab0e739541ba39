import { Nodes, Pods } from '../../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { created } from './kinds.ts'

const topology = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** A pod that gets a node gets the labels of its zone and region, for the downward API. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  async admit(attributes) {
    const { definition, subresource, operation, object } = attributes
    if (definition.type !== Pods || operation !== 'CREATE' || !object) return undefined
    if (subresource === 'binding')
      return labelled(object, (object as { target?: { name?: string } }).target?.name, attributes)
    const pod = created(attributes, Pods)
    return pod && labelled(pod, pod.spec?.nodeName, attributes)
  },
}

function labelled(
  object: KubeObject,
  node: string | undefined,
  { context }: AdmissionAttributes,
): KubeObject | undefined {
  const found: Stored<KubeObject> | undefined = node ? context.objects.known(Nodes, { name: node }) : undefined
  const labels = Object.entries(found?.metadata.labels ?? {}).filter(([key]) => topology.includes(key))
  if (labels.length === 0) return undefined
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata?.labels, ...Object.fromEntries(labels) } },
  }
}
