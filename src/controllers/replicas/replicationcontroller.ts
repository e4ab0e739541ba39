import { ReplicationControllers } from '../../api/core/v1/index.ts'
import { nothing, selectorOfMap } from '../../api/machinery/selectors/labels.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { replicaController } from './replicas.ts'

/** Keeps the number of pods that a ReplicationController asks for. */
export const replicationControllerController = (ctx: Context): Controller =>
  replicaController(ctx, {
    name: 'replicationcontroller',
    resource: ReplicationControllers,
    selector: ({ spec: { selector } }) =>
      selector && Object.keys(selector).length > 0 ? selectorOfMap(selector) : nothing,
    countsTerminating: false,
  })
