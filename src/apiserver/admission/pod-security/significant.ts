import type { Container, Pod } from '../../../api/core/v1/index.ts'
import type { Stored } from '../../../api/object.ts'

const ofPod = 'seccomp.security.alpha.kubernetes.io/pod'
const ofContainer = 'container.seccomp.security.alpha.kubernetes.io/'

/** Whether an update changes what the Pod Security Standards look at. Of a stored pod, little can change. */
export function isSignificant(pod: Pod, old: Stored<Pod>): boolean {
  const annotation = ({ metadata }: Pick<Pod, 'metadata'>, key: string) => metadata?.annotations?.[key]
  if (annotation(pod, ofPod) !== annotation(old, ofPod)) return true
  const changed = (container: Container, before: Container | undefined) =>
    !before ||
    container.image !== before.image ||
    annotation(pod, `${ofContainer}${container.name}`) !== annotation(old, `${ofContainer}${container.name}`)
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, before] = [pod.spec?.[list] ?? [], old.spec[list] ?? []]
    if (now.length !== before.length || now.some((container, i) => changed(container, before[i]))) return true
  }
  const before = (old.spec.ephemeralContainers ?? []) as Container[]
  return ((pod.spec?.ephemeralContainers ?? []) as Container[]).some((container) =>
    changed(
      container,
      before.find(({ name }) => name === container.name),
    ),
  )
}
