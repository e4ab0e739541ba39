import type { ResourceDefinition } from '../definition.ts'
import { extensionKinds } from './apiextensions/custom-resource-definition/custom-resource-definition.ts'
import { workloads } from './apps/deployment.ts'
import { reviews } from './authorization/subject-access-review.ts'
import { autoscaling } from './autoscaling/horizontal-pod-autoscaler.ts'
import { batch } from './batch/job/job.ts'
import { certificateSigningRequests } from './certificates/certificate-signing-request.ts'
import { bindings } from './core/binding.ts'
import { events } from './core/event.ts'
import { namespaces } from './core/namespace.ts'
import { nodes } from './core/node.ts'
import { persistentVolumeClaims, persistentVolumes } from './core/persistent-volume.ts'
import { pods } from './core/pod/pod.ts'
import { replicationControllers } from './core/replication-controller.ts'
import { plainCore } from './core/resource-quota.ts'
import { secrets } from './core/secret.ts'
import { services } from './core/service/service.ts'
import { serviceAccounts } from './core/service-account.ts'
import { networkingKinds } from './networking/ingress.ts'
import type { ResourceOptions } from './options.ts'
import { policyKinds } from './policy/pod-disruption-budget.ts'
import { rbac } from './rbac/role-binding.ts'
import { deviceKinds } from './resource/resource-claim.ts'
import { storageKinds } from './storage/storage-class.ts'

export { ServiceAllocator } from './core/service/allocator.ts'
export { keepServiceRanges } from './core/service/repair.ts'
export { defaultServiceRange, kubernetesServiceIP } from './core/service/service.ts'
export type { AccessAnswer, AccessQuestion, ResourceOptions } from './options.ts'

/** Every resource of every v1 group version of the API. The lists of one server share no state with another's. */
export function definitions(options: ResourceOptions = {}): ResourceDefinition[] {
  return [
    ...plainCore,
    bindings,
    events(options),
    namespaces,
    nodes,
    persistentVolumes,
    persistentVolumeClaims,
    pods,
    replicationControllers,
    secrets,
    serviceAccounts(options),
    services(options),
    ...workloads,
    autoscaling,
    ...batch,
    certificateSigningRequests,
    ...extensionKinds,
    ...networkingKinds,
    ...policyKinds,
    ...rbac,
    ...deviceKinds,
    ...storageKinds,
    ...reviews(options),
  ]
}
