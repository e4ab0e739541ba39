import { withCondition } from '../../../api/conditions.ts'
import { Binding, Bindings, type Pod, type PodCondition, Pods } from '../../../api/core/v1/index.ts'
import { badRequest, conflict, fieldError, invalid } from '../../../api/errors.ts'
import type { Status } from '../../../api/meta/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import type { HookContext } from '../../definition.ts'
import type { Kind } from '../kind.ts'
import { plainColumns } from '../table.ts'

export const success = (): Status => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })

/** The old way to bind: a POST to the namespace's `bindings`. Schedulers use the subresource of the pod. */
export const bindings: Kind<Binding> = {
  type: Bindings,
  singular: 'binding',
  verbs: ['create'],
  generation: 'none',
  columns: plainColumns(),
  async answer(binding, context) {
    const { name, namespace } = binding.metadata ?? {}
    if (!name) throw badRequest('name is required')
    return assign({ name, namespace }, binding, context)
  },
}

/** `pods/binding`: gives a pod to a node, once. @throws ApiError 409 when it has one already or is going. */
export function bindPod(pod: Stored<Pod>, binding: Binding, context: HookContext): Promise<Status> {
  const { name, namespace } = pod.metadata
  const given = binding.metadata?.name
  if (given && given !== name) throw badRequest(`name in URL does not match name in Binding object`)
  return assign({ name, namespace }, binding, context)
}

async function assign(pod: { name: string; namespace?: string }, binding: Binding, context: HookContext) {
  const { target } = binding
  const errors = [
    ...(!target?.kind || target.kind === 'Node'
      ? []
      : [fieldError.notSupported('target.kind', target.kind, ['Node', '<empty>'])]),
    ...(target?.name ? [] : [fieldError.required('target.name')]),
  ]
  const [gvk] = [Binding.gvk ?? { group: '', kind: 'Binding' }]
  if (errors.length) throw invalid(gvk, pod.name, errors)
  if (context.dryRun) return success()
  await context.objects.update(Pods, pod, (old) => assigned(old, binding, context), { unowned: true })
  return success()
}

function assigned(pod: Stored<Pod>, { target, metadata }: Binding, { clock }: HookContext): Stored<Pod> {
  const { name, uid, deletionTimestamp } = pod.metadata
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why)
  if (metadata?.uid && metadata.uid !== uid)
    throw refuse(`Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`)
  if (deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(metadata?.annotations && { annotations: { ...pod.metadata.annotations, ...metadata.annotations } }),
      ...(metadata?.labels && { labels: { ...pod.metadata.labels, ...metadata.labels } }),
    },
    spec: { ...pod.spec, nodeName: target.name },
    status: {
      ...pod.status,
      conditions: withCondition<PodCondition>(pod.status.conditions, { type: 'PodScheduled', status: 'True' }, clock),
    },
  }
}
