import { fnv1a } from '../../api/hash.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { KubePod, PodContainer } from '../pod.ts'

/**
 * The labels and annotations by which upstream's kubelet stores its state in the runtime. crictl, cAdvisor and log collectors
 * read them, and a restarted kubelet finds its pods by them.
 */
export const criLabels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const

export const criAnnotations = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  ports: 'io.kubernetes.container.ports',
  preStop: 'io.kubernetes.container.preStopHandler',
  podGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
} as const

const podLabels = (pod: KubePod): Record<string, string> => ({
  [criLabels.podName]: pod.metadata.name,
  [criLabels.podNamespace]: pod.metadata.namespace ?? '',
  [criLabels.podUid]: pod.metadata.uid,
})

/** A sandbox also carries the pod's own labels and annotations. */
export const sandboxLabels = (pod: KubePod): Record<string, string> => ({ ...pod.metadata.labels, ...podLabels(pod) })

export const containerLabels = (pod: KubePod, { spec }: PodContainer): Record<string, string> => ({
  ...podLabels(pod),
  [criLabels.containerName]: spec.name,
})

export function containerAnnotations(pod: KubePod, container: PodContainer, attempt: number): Record<string, string> {
  const { spec } = container
  const preStop = spec.lifecycle?.preStop
  return {
    [criAnnotations.hash]: containerHash(container),
    [criAnnotations.restartCount]: String(attempt),
    [criAnnotations.terminationMessagePath]: spec.terminationMessagePath ?? '/dev/termination-log',
    [criAnnotations.terminationMessagePolicy]: spec.terminationMessagePolicy ?? 'File',
    ...(spec.ports?.length && { [criAnnotations.ports]: JSON.stringify(spec.ports) }),
    ...(preStop && { [criAnnotations.preStop]: jsonText({ lifecycle: { preStop } }) }),
    [criAnnotations.podGracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(pod.metadata.deletionGracePeriodSeconds !== undefined && {
      [criAnnotations.podDeletionGracePeriod]: String(pod.metadata.deletionGracePeriodSeconds),
    }),
  }
}

/** A hash that changes if a running container must be replaced: since 1.31, of its name and image alone. */
export const containerHash = ({ spec }: PodContainer): string =>
  fnv1a(JSON.stringify([spec.name, spec.image])).toString(16)
