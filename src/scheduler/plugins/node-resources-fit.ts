import type { Node } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { type NodeInfo, nodeInfo } from '../node-info.ts'
import { maxScore, type Plugin, type Rejection } from '../plugin.ts'
import type { PodInfo } from '../pod-info.ts'

/** A node must have room for the pod's requests; the more cpu and memory stay free, the better (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: (pod) => ({
    filter: (node) => (fits(pod, node) ? undefined : explainMisfit(pod, node)),
    score: (node) => {
      const { allocatable, scored } = node
      const cpu = share(allocatable.cpu, scored.cpu + pod.scored.cpu)
      const memory = share(allocatable.memory, scored.memory + pod.scored.memory)
      const counted = (allocatable.cpu > 0 ? 1 : 0) + (allocatable.memory > 0 ? 1 : 0)
      return counted === 0 ? 0 : Math.floor((cpu + memory) / counted)
    },
  }),
  helps(event, pod, snapshot) {
    switch (event.type) {
      case 'nodeAdded':
        return couldFit(pod, event.node)
      case 'nodeChanged':
        return event.what.has('allocatable') && couldFit(pod, event.node)
      case 'podDeleted':
      case 'podChanged': {
        if (event.type === 'podChanged' && !event.what.has('requests')) return false
        const node = snapshot.node(event.pod.spec.nodeName ?? event.pod.status.nominatedNodeName ?? '')
        // Room may come from pods of lower priority.
        return !node || fits(pod, node) || pod.priority > 0
      }
      default:
        return false
    }
  },
}

/** The percentage that stays free without `wanted`. */
const share = (capacity: number, wanted: number) =>
  capacity === 0 || wanted > capacity ? 0 : Math.floor(((capacity - wanted) * maxScore) / capacity)

function fits(pod: PodInfo, node: NodeInfo): boolean {
  const wanted = pod.requested
  const { allocatable, requested } = node
  if (node.pods.size + 1 > node.maxPods) return false
  if (wanted.cpu > 0 && wanted.cpu > allocatable.cpu - requested.cpu) return false
  if (wanted.memory > 0 && wanted.memory > allocatable.memory - requested.memory) return false
  if (
    wanted.ephemeralStorage > 0 &&
    wanted.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage
  )
    return false
  if (!wanted.others) return true
  for (const [name, amount] of wanted.others) {
    if (amount > 0 && amount > (allocatable.others?.get(name) ?? 0) - (requested.others?.get(name) ?? 0)) return false
  }
  return true
}

/** Whether the pod would fit on the empty node. */
const couldFit = (pod: PodInfo, node: Stored<Node>): boolean => fits(pod, nodeInfo(node))

/** All missing resources; if the whole node is too small, removing pods won't help. */
function explainMisfit(pod: PodInfo, node: NodeInfo): Rejection {
  const wanted = pod.requested
  const { allocatable, requested } = node
  const reasons: string[] = []
  let unresolvable = false
  if (node.pods.size + 1 > node.maxPods) reasons.push('Too many pods')
  const check = (name: string, amount: number, capacity: number, used: number) => {
    if (amount <= 0 || amount <= capacity - used) return
    reasons.push(`Insufficient ${name}`)
    if (amount > capacity) unresolvable = true
  }
  check('cpu', wanted.cpu, allocatable.cpu, requested.cpu)
  check('memory', wanted.memory, allocatable.memory, requested.memory)
  check('ephemeral-storage', wanted.ephemeralStorage, allocatable.ephemeralStorage, requested.ephemeralStorage)
  for (const [name, amount] of wanted.others ?? []) {
    check(name, amount, allocatable.others?.get(name) ?? 0, requested.others?.get(name) ?? 0)
  }
  return sharedRejection(reasons, unresolvable)
}

/** Thousands of nodes give the same reason: keeps one object per text. */
function sharedRejection(reasons: string[], unresolvable: boolean): Rejection {
  const key = `${unresolvable}${reasons.join()}`
  let known = rejections.get(key)
  if (!known) {
    if (rejections.size > 1000) rejections.clear()
    known = { reasons, unresolvable }
    rejections.set(key, known)
  }
  return known
}
const rejections = new Map<string, Rejection>()
