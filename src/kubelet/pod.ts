import { conditionOf } from '../api/conditions.ts'
import { isSidecar } from '../api/core/pods.ts'
import type { Container, EphemeralContainer, Pod } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'

/** A pod as the kubelet handles it. */
export type KubePod = Stored<Pod>

/** One container of a pod, from any list of the spec. */
export interface PodContainer {
  spec: Container
  /** sidecar: an init container with restartPolicy Always. */
  kind: 'init' | 'sidecar' | 'app' | 'ephemeral'
  /** Its path in Events: `spec.containers{web}`. */
  fieldPath: string
  /** An ephemeral container's target. */
  target?: string
}

const initKind = (c: Container): 'init' | 'sidecar' => (isSidecar(c) ? 'sidecar' : 'init')

export const initContainersOf = (pod: KubePod): PodContainer[] =>
  (pod.spec.initContainers ?? []).map((spec) => ({
    spec,
    kind: initKind(spec),
    fieldPath: `spec.initContainers{${spec.name}}`,
  }))

export const appContainersOf = (pod: KubePod): PodContainer[] =>
  pod.spec.containers.map((spec) => ({ spec, kind: 'app', fieldPath: `spec.containers{${spec.name}}` }))

export const ephemeralContainersOf = (pod: KubePod): PodContainer[] =>
  (pod.spec.ephemeralContainers ?? []).map((spec: EphemeralContainer) => ({
    spec,
    kind: 'ephemeral',
    fieldPath: `spec.ephemeralContainers{${spec.name}}`,
    ...(spec.targetContainerName && { target: spec.targetContainerName }),
  }))

/** Init, then app, then ephemeral containers. */
export const containersOf = (pod: KubePod): PodContainer[] => [
  ...initContainersOf(pod),
  ...appContainersOf(pod),
  ...ephemeralContainersOf(pod),
]

export const findContainer = (pod: KubePod, name: string): PodContainer | undefined =>
  containersOf(pod).find((c) => c.spec.name === name)

/** A pod's name in upstream's messages: `web_default(3f0c…)`. */
export const podTitle = (pod: KubePod): string =>
  `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`

/** Annotations that mark pods from files, and their mirrors in the API. */
export const staticPodAnnotations = {
  source: 'kubernetes.io/config.source',
  hash: 'kubernetes.io/config.hash',
  mirror: 'kubernetes.io/config.mirror',
} as const

export const isStaticPod = (pod: KubePod): boolean =>
  (pod.metadata.annotations?.[staticPodAnnotations.source] ?? 'api') !== 'api'

export const isMirrorPod = (pod: KubePod): boolean =>
  pod.metadata.annotations?.[staticPodAnnotations.mirror] !== undefined

export const isFinished = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed'

/** The pod without the status, which the kubelet itself writes. */
export const askedOf = ({ metadata, spec, status }: KubePod): unknown => [
  // It grows with each change of the spec.
  metadata.generation,
  metadata.labels,
  metadata.annotations,
  metadata.deletionTimestamp,
  metadata.deletionGracePeriodSeconds,
  spec.readinessGates?.map(({ conditionType }) => conditionOf(status.conditions, conditionType)),
]
