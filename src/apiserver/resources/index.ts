import type { ResourceDefinition } from '../definition.ts'
import { autoscaling } from './autoscaling.ts'
import { batch } from './batch.ts'
import { certificateSigningRequests } from './certificates.ts'
import { bindings } from './core/binding.ts'
import { events } from './core/event.ts'
import { namespaces } from './core/namespace.ts'
import { nodes } from './core/node.ts'
import { plainCore } from './core/plain.ts'
import { pods } from './core/pod.ts'
import { replicationControllers } from './core/replication-controller.ts'
import { secrets } from './core/secret.ts'
import { services } from './core/service.ts'
import { serviceAccounts } from './core/service-account.ts'
import { persistentVolumeClaims, persistentVolumes } from './core/storage.ts'
import { deviceKinds } from './devices.ts'
import { extensionKinds } from './extensions.ts'
import { networkingKinds } from './networking.ts'
import type { ResourceOptions } from './options.ts'
import { policyKinds } from './policies.ts'
import { rbac } from './rbac.ts'
import { reviews } from './reviews.ts'
import { storageKinds } from './storage.ts'
import { workloads } from './workloads.ts'

export { defaultServiceRange, kubernetesServiceIP } from './core/service.ts'
export { ServiceAllocator } from './core/service-allocator.ts'
export { keepServiceRanges } from './core/service-repair.ts'
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
