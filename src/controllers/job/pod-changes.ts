import { Jobs } from '../../api/batch/v1/index.ts'
import { isReady } from '../../api/core/pods.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Watch } from '../../controller/controller.ts'
import { controllerOf } from '../../controller/ownership.ts'
import { owned } from '../../controller/watches.ts'

/** The changes of a Job's pods that it counts by; most (a node, an address) are not among them. */
export function podChanges(): Watch {
  const all = owned(Pods, Jobs)
  return {
    ...all,
    keys: (pod, old) => (old && essence(pod as Stored<Pod>) === essence(old as Stored<Pod>) ? [] : all.keys(pod, old)),
  }
}

function essence(pod: Stored<Pod>): string {
  const { metadata, status } = pod
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return JSON.stringify([
    status.phase,
    metadata.deletionTimestamp,
    isReady(pod),
    metadata.finalizers,
    metadata.labels,
    controllerOf(pod)?.uid,
    containers.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
  ])
}
