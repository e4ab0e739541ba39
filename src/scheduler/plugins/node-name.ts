import { type Plugin, rejection } from '../plugin.ts'

const other = rejection("node(s) didn't match the requested node name", true)

/** A pod that names its node goes there or nowhere. (The scheduler is not asked about such pods, previews are.) */
export const nodeName: Plugin = {
  name: 'NodeName',
  prepare(pod) {
    const wanted = pod.pod.spec.nodeName
    if (!wanted) return undefined
    return { filter: (node) => (node.name === wanted ? undefined : other) }
  },
  helps: (event) => event.type === 'nodeAdded',
}
