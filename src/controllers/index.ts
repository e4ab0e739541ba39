import type { Client } from '../client/client.ts'
import type { AnyResource } from '../client/loose-resource.ts'
import type { Context, Controller } from '../controller/controller.ts'
import { eventRecorder } from '../controller/events.ts'
import { admissionPolicyStatusController } from './admission-policy-status/admission-policy-status.ts'
import { clusterRoleAggregationController } from './clusterrole-aggregation/clusterrole-aggregation.ts'
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
  /** The client of a controller, by the name of its ServiceAccount in kube-system. Default: the context's, for all. */
  clientOf?(account: string): Client
}

/**
 * The control loops of the controller manager, ready for `runControllers`. With `clientOf` each writes under an identity of its
 * own, which has upstream's name and rights; they share the context's informers.
 */
export function controllers(ctx: Context, options: ControllerOptions = {}): Controller[] {
  const { rootCa, clusterCidr, serviceAccountKey: privateKey, clientOf = () => ctx.client } = options
  const resources = options.resources ?? (() => servedResources(ctx.informers))
  /** Events name the loop that records them. */
  const as = (account: string, component?: string): Context => {
    const client = clientOf(account)
    if (client === ctx.client && !component) return ctx
    return { ...ctx, client, events: eventRecorder({ ...ctx, client, component: component ?? account }) }
  }
  return [
    namespaceController(as('namespace-controller'), resources),
    serviceAccountController(as('service-account-controller')),
    ...(privateKey ? [serviceAccountTokenController(ctx, { privateKey, ...(rootCa && { rootCa }) })] : []),
    ...(rootCa ? [rootCaController(as('root-ca-cert-publisher'), rootCa)] : []),
    clusterRoleAggregationController(as('clusterrole-aggregation-controller')),
    admissionPolicyStatusController(as('validatingadmissionpolicy-status-controller')),
    endpointsController(as('endpoint-controller')),
    endpointSliceController(as('endpointslice-controller', 'endpoint-slice-controller')),
    endpointSliceMirroringController(as('endpointslicemirroring-controller')),
    replicationControllerController(as('replication-controller', 'replication-controller')),
    replicaSetController(as('replicaset-controller', 'replicaset-controller')),
    deploymentController(as('deployment-controller', 'deployment-controller')),
    jobController(as('job-controller', 'job-controller')),
    orphanedPodsController(as('job-controller')),
    cronJobController(as('cronjob-controller', 'cronjob-controller')),
    ttlAfterFinishedController(as('ttl-after-finished-controller')),
    nodeLifecycleController(as('node-controller', 'node-controller'), options),
    taintEvictionController(as('node-controller', 'taint-eviction-controller')),
    ...(clusterCidr ? [nodeIpamController(as('node-controller', 'cidrAllocator'), { ...options, clusterCidr })] : []),
    serviceCidrController(as('service-cidrs-controller', 'service-cidr-controller')),
    podGc(as('pod-garbage-collector'), options),
    quotaController(as('resourcequota-controller'), resources),
    garbageCollector(as('generic-garbage-collector', 'garbage-collector-controller'), resources),
  ]
}
