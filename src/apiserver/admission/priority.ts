import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { type PriorityClass, PriorityClasses } from '../../api/scheduling/v1/index.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { created, updated } from './kinds.ts'

/** The classes of every cluster, stored or not. */
export const systemPriorityClasses: PriorityClass[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
]

/** Gives pods the value of their priority class, and refuses a second default class. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  async admit(attributes) {
    const changed = updated(attributes, Pods)
    if (changed?.spec) return keptPriority(changed, attributes.old as Stored<Pod>)
    const pod = created(attributes, Pods)
    if (!pod?.spec) return undefined
    const chosen = pod.spec.priorityClassName
      ? await classNamed(pod.spec.priorityClassName, attributes)
      : defaultClass(attributes)
    const value = chosen?.value ?? 0
    const refuse = (why: string) => forbidden(Pods, attributes.name, why)
    if (pod.spec.priority !== undefined && pod.spec.priority !== value)
      throw refuse(
        `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      )
    const policy = chosen?.preemptionPolicy ?? 'PreemptLowerPriority'
    if (pod.spec.preemptionPolicy && pod.spec.preemptionPolicy !== policy)
      throw refuse(
        `the string value of PreemptionPolicy (${pod.spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      )
    const name = chosen?.metadata?.name
    const spec = { ...pod.spec, priority: value, preemptionPolicy: policy, ...(name && { priorityClassName: name }) }
    return { ...pod, spec } as Pod
  },
  async validate(attributes) {
    const given = created(attributes, PriorityClasses) ?? updated(attributes, PriorityClasses)
    if (!given?.globalDefault) return
    const all = await attributes.context.objects.list(PriorityClasses)
    const other = all.find((c) => c.globalDefault && c.metadata.name !== given.metadata?.name)
    if (other)
      throw forbidden(
        PriorityClasses,
        attributes.name,
        `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
      )
  },
}

/** An update that omits the values set on creation keeps them; validation refuses a change later. */
function keptPriority(pod: Pod, { spec: { priority, preemptionPolicy } }: Stored<Pod>): Pod {
  const kept = {
    ...(priority !== undefined && { priority }),
    ...(preemptionPolicy !== undefined && { preemptionPolicy }),
  }
  return { ...pod, spec: { ...kept, ...pod.spec } } as Pod
}

async function classNamed(name: string, { context, name: pod }: AdmissionAttributes): Promise<PriorityClass> {
  const found =
    systemPriorityClasses.find((c) => c.metadata?.name === name) ??
    (await context.objects.get(PriorityClasses, { name }))
  if (!found) throw forbidden(Pods, pod, `no PriorityClass with name ${name} was found`)
  return found
}

/** If a race has made several, the one with the lowest value. */
function defaultClass({ context }: AdmissionAttributes): PriorityClass | undefined {
  const all = context.objects.knownList(PriorityClasses)
  return all.filter((c) => c.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
}
