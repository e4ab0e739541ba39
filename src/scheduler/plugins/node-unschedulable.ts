import { tolerates } from '../../api/core/taints.ts'
import { type Plugin, rejection } from '../plugin.ts'

const cordoned = rejection('node(s) were unschedulable', true)
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** No pods for cordoned nodes, except those that tolerate it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  prepare(pod) {
    if (pod.pod.spec.tolerations?.some((toleration) => tolerates(toleration, taint))) return undefined
    return { filter: (node) => (node.unschedulable ? cordoned : undefined) }
  },
  helps: (event) =>
    (event.type === 'nodeAdded' && !event.node.spec.unschedulable) ||
    (event.type === 'nodeChanged' && event.what.has('taints') && !event.node.spec.unschedulable),
}
