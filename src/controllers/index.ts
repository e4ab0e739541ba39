import type { Context, Controller } from '../client/controller.ts'
import { eventRecorder } from '../client/events.ts'
import { deploymentController } from './deployment/deployment.ts'
import { endpointsController } from './endpoints.ts'
import { endpointSliceController } from './endpointslice.ts'
import { garbageCollector } from './garbage-collector.ts'
import { namespaceController } from './namespace.ts'
import { replicaSetController } from './replicaset.ts'
import { replicationControllerController } from './replicationcontroller.ts'
import { rootCaController } from './root-ca.ts'
import { type AnyResource, servedResources } from './served-resources.ts'
import { serviceAccountController } from './serviceaccount.ts'

export interface ControllerOptions {
  /** The certificates, PEM, by which pods know the API server; without them none are published. */
  rootCa?: string
  /** All resources that can be listed, watched and deleted. Default: the built-in ones and CustomResourceDefinitions'. */
  resources?(): AnyResource[]
}

/** The control loops of the controller manager, ready for `runControllers`. */
export function controllers(ctx: Context, options: ControllerOptions = {}): Controller[] {
  const { rootCa } = options
  const resources = options.resources ?? (() => servedResources(ctx.informers))
  /** Events name the loop that tells them. */
  const as = (component: string): Context => ({ ...ctx, events: eventRecorder({ ...ctx, component }) })
  return [
    namespaceController(ctx, resources),
    serviceAccountController(ctx),
    ...(rootCa ? [rootCaController(ctx, rootCa)] : []),
    endpointsController(ctx),
    endpointSliceController(as('endpoint-slice-controller')),
    replicationControllerController(as('replication-controller')),
    replicaSetController(as('replicaset-controller')),
    deploymentController(as('deployment-controller')),
    garbageCollector(as('garbage-collector-controller'), resources),
  ]
}
