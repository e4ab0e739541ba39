import { ReplicaSets } from '../../api/apps/v1/index.ts'
import { selectorOf } from '../../api/machinery/selectors/labels.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { replicaController } from './replicas.ts'

/** Keeps the number of pods that a ReplicaSet asks for. */
export const replicaSetController = (ctx: Context): Controller =>
  replicaController(ctx, {
    name: 'replicaset',
    resource: ReplicaSets,
    selector: ({ spec }) => selectorOf(spec.selector),
    countsTerminating: true,
  })
