import type { Container, EphemeralContainer, PodSpec } from '../../../api/core/v1/index.ts'

export type Placed = [Container, string]

/** The containers of every kind, each with its path, in the order of upstream's visits. */
export function placedContainers(spec: PodSpec, field: string): Placed[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec
  return [
    ...initContainers.map((c, i): Placed => [c, `${field}.initContainers[${i}]`]),
    ...containers.map((c, i): Placed => [c, `${field}.containers[${i}]`]),
    ...ephemeralContainers.map((c: EphemeralContainer, i): Placed => [c, `${field}.ephemeralContainers[${i}]`]),
  ]
}
