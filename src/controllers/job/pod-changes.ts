import { Jobs } from '../../api/batch/v1/index.ts'
import { isReady } from '../../api/core/pods.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Watch } from '../../controller/controller.ts'
import { controllerOf } from '../../controller/ownership.ts'
import { changeOf, owned } from '../../controller/watches.ts'

/** The changes of a pod that matter to its Job; most (a node, an address) do not. */
export const podChanges = (): Watch => owned(Pods, Jobs, { when: changeOf(essence) })

function essence(pod: Stored<Pod>): unknown[] {
  const { metadata, status } = pod
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return [
    status.phase,
    metadata.deletionTimestamp,
    isReady(pod),
    metadata.finalizers,
    metadata.labels,
    controllerOf(pod)?.uid,
    containers.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0),
  ]
}
