import type { HostPort } from '../api/core/host-ports.ts'
import type { Node, Taint } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { PodInfo } from './pod-info.ts'
import { addResources, amountOf, noResources, type Resources, readResources } from './resources.ts'

/** A node and the sums over its pods, updated as pods come and go. */
export interface NodeInfo {
  readonly name: string
  node: Stored<Node>
  labels: Record<string, string>
  /** Its labels of these two keys, which are read often. */
  hostname: string | undefined
  zone: string | undefined
  taints: readonly Taint[]
  unschedulable: boolean
  allocatable: Resources
  /** Its limit of pods. */
  maxPods: number
  /** By uid. */
  pods: Map<string, PodInfo>
  requested: Resources
  scored: Resources
  hostPorts: HostPort[]
  /** Image name -> bytes. */
  images: Map<string, number>
}

export const hostname = 'kubernetes.io/hostname'
export const zone = 'topology.kubernetes.io/zone'

/** Reads a node's value of a label. */
export const topologyValue = (key: string): ((node: NodeInfo) => string | undefined) =>
  key === hostname ? (node) => node.hostname : key === zone ? (node) => node.zone : ({ labels }) => labels[key]

const noLabels: Record<string, string> = {}
const noTaints: readonly Taint[] = []

export function nodeInfo(node: Stored<Node>): NodeInfo {
  return {
    name: node.metadata.name,
    pods: new Map(),
    requested: noResources(),
    scored: noResources(),
    hostPorts: [],
    ...nodeFacts(node),
  }
}

/** The parts of a node info that derive from the node alone. */
export function nodeFacts(
  node: Stored<Node>,
): Pick<
  NodeInfo,
  'node' | 'labels' | 'hostname' | 'zone' | 'taints' | 'unschedulable' | 'allocatable' | 'maxPods' | 'images'
> {
  const allocatable = node.status.allocatable ?? node.status.capacity
  return {
    node,
    labels: node.metadata.labels ?? noLabels,
    hostname: node.metadata.labels?.[hostname],
    zone: node.metadata.labels?.[zone],
    taints: node.spec.taints ?? noTaints,
    unschedulable: node.spec.unschedulable ?? false,
    allocatable: readResources(allocatable),
    maxPods: amountOf('pods', allocatable?.pods ?? '0'),
    images: new Map(
      node.status.images?.flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name) => [name, Number(sizeBytes)] as const),
      ),
    ),
  }
}

/** Puts a pod on a node (`sign` 1) or takes it off (-1). */
export function changeNode(node: NodeInfo, pod: PodInfo, sign: 1 | -1): void {
  if (sign > 0) node.pods.set(pod.uid, pod)
  else node.pods.delete(pod.uid)
  addResources(node.requested, pod.requested, sign)
  addResources(node.scored, pod.scored, sign)
  if (pod.hostPorts.length === 0) return
  if (sign > 0) node.hostPorts.push(...pod.hostPorts)
  else node.hostPorts = [...node.pods.values()].flatMap((p) => p.hostPorts)
}
