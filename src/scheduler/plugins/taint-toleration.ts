import { tolerates } from '../../api/core/taints.ts'
import type { Node, Taint, Toleration } from '../../api/core/v1/index.ts'
import { normalizeToHighest, type Plugin, rejection } from '../plugin.ts'

const tainted = rejection('node(s) had untolerated taint(s)', true)

/** Keeps pods off nodes whose taints they don't tolerate, and prefers nodes with few `PreferNoSchedule` taints. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  prepare(pod) {
    const tolerations = pod.pod.spec.tolerations ?? []
    const softTolerations = tolerations.filter((t) => !t.effect || t.effect === 'PreferNoSchedule')
    const untoleratedSoft = (taints: readonly Taint[]) =>
      taints.reduce((n, taint) => n + (isSoft(taint) && !softTolerations.some((t) => tolerates(t, taint)) ? 1 : 0), 0)
    return {
      filter: (node) => (node.taints.length > 0 && untolerated(node.taints, tolerations) ? tainted : undefined),
      beforeScore: (nodes) => nodes.some((node) => node.taints.some(isSoft)),
      score: (node) => (node.taints.length > 0 ? untoleratedSoft(node.taints) : 0),
      normalize: (scores) => normalizeToHighest(scores, true),
    }
  },
  helps(event, pod) {
    const fits = (node: Node) => !untolerated(node.spec?.taints ?? [], pod.pod.spec.tolerations ?? [])
    if (event.type === 'nodeAdded') return fits(event.node)
    return event.type === 'nodeChanged' && event.what.has('taints') && !fits(event.old) && fits(event.node)
  },
}

const isSoft = (taint: Taint) => taint.effect === 'PreferNoSchedule'

/** The first taint that repels or evicts a pod. */
export const untolerated = (taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined =>
  taints.find((taint) => !isSoft(taint) && !tolerations.some((toleration) => tolerates(toleration, taint)))
