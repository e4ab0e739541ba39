import type { Rejection } from './plugin.ts'

/** Why a pod could not be placed. */
export interface Diagnosis {
  /** Nodes in the cluster. */
  nodes: number
  /** Why no node can fit, known before looking at any. */
  beforehand?: string
  /** The rejections, by node. */
  rejections: Map<string, Rejection>
  /** The plugins that rejected nodes: only events that concern them can help. */
  plugins: Set<string>
  /** The result of preemption. */
  afterwards?: string
}

export const emptyDiagnosis = (nodes: number): Diagnosis => ({ nodes, rejections: new Map(), plugins: new Set() })

export function note(why: Diagnosis, node: string, plugin: string, rejection: Rejection): void {
  why.rejections.set(node, rejection)
  why.plugins.add(plugin)
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods.`: upstream's words, since people and tools search for them. */
export function explain(why: Diagnosis): string {
  if (why.nodes === 0) return 'no nodes available to schedule pods'
  let text = `0/${why.nodes} nodes are available:`
  if (why.beforehand) text += ` ${why.beforehand}.`
  else if (why.rejections.size > 0) text += ` ${countReasons(why.rejections.values())}.`
  if (why.afterwards) text += ` ${why.afterwards}`
  return text
}

function countReasons(rejections: Iterable<Rejection>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}
