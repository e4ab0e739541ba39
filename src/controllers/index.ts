import type { AnyResource } from '../client/loose-resource.ts'
import type { Context, Controller } from '../controller/controller.ts'
import { eventRecorder } from '../controller/events.ts'
import { cronJobController } from './cronjob/cronjob.ts'
import { deploymentController } from './deployment/deployment.ts'
import { endpointsController } from './endpoints/endpoints.ts'
import { endpointSliceController } from './endpointslice/endpointslice.ts'
import { endpointSliceMirroringController } from './endpointslice-mirroring/endpointslice-mirroring.ts'
import { garbageCollector } from './garbage/collector.ts'
import { jobController } from './job/job.ts'
import { orphanedPodsController } from './job/orphaned-pods.ts'
import { namespaceController } from './namespace/namespace.ts'
import { type NodeIpamOptions, nodeIpamController } from './node-ipam/node-ipam.ts'
import { type NodeLifecycleOptions, nodeLifecycleController } from './node-lifecycle/node-lifecycle.ts'
import { type PodGcOptions, podGc } from './pod-gc/pod-gc.ts'
import { quotaController } from './quota/quota.ts'
import { replicaSetController } from './replicas/replicaset.ts'
import { replicationControllerController } from './replicas/replicationcontroller.ts'
import { rootCaController } from './root-ca/root-ca.ts'
import { serviceCidrController } from './service-cidr/service-cidr.ts'
import { serviceAccountController } from './serviceaccount/serviceaccount.ts'
import { serviceAccountTokenController } from './serviceaccount-token/serviceaccount-token.ts'
import { servedResources } from './shared/served-resources.ts'
import { taintEvictionController } from './taint-eviction/taint-eviction.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/ttl-after-finished.ts'

export interface ControllerOptions extends NodeLifecycleOptions, PodGcOptions, Partial<NodeIpamOptions> {
  /** The certificates, PEM, by which pods verify the API server; without them, none are published. */
  rootCa?: string
  /** Signs the tokens of ServiceAccounts that are kept in Secrets, PEM; without it, none are made. */
  serviceAccountKey?: string
  /** All resources that can be listed, watched and deleted. Default: the built-in ones and those of CustomResourceDefinitions. */
  resources?(): AnyResource[]
}

/** The control loops of the controller manager, ready for `runControllers`. */
export function controllers(ctx: Context, options: ControllerOptions = {}): Controller[] {
  const { rootCa, clusterCidr, serviceAccountKey: privateKey } = options
  const resources = options.resources ?? (() => servedResources(ctx.informers))
  /** Events name the loop that records them. */
  const as = (component: string): Context => ({ ...ctx, events: eventRecorder({ ...ctx, component }) })
  return [
    namespaceController(ctx, resources),
    serviceAccountController(ctx),
    ...(privateKey ? [serviceAccountTokenController(ctx, { privateKey, ...(rootCa && { rootCa }) })] : []),
    ...(rootCa ? [rootCaController(ctx, rootCa)] : []),
    endpointsController(ctx),
    endpointSliceController(as('endpoint-slice-controller')),
    endpointSliceMirroringController(ctx),
    replicationControllerController(as('replication-controller')),
    replicaSetController(as('replicaset-controller')),
    deploymentController(as('deployment-controller')),
    jobController(as('job-controller')),
    orphanedPodsController(ctx),
    cronJobController(as('cronjob-controller')),
    ttlAfterFinishedController(ctx),
    nodeLifecycleController(as('node-controller'), options),
    taintEvictionController(as('taint-eviction-controller')),
    ...(clusterCidr ? [nodeIpamController(as('cidrAllocator'), { ...options, clusterCidr })] : []),
    serviceCidrController(as('service-cidr-controller')),
    podGc(ctx, options),
    quotaController(ctx, resources),
    garbageCollector(as('garbage-collector-controller'), resources),
  ]
}
