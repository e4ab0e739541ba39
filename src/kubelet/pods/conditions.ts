import { conditionOf, dated } from '../../api/conditions.ts'
import type { ContainerStatus, PodCondition } from '../../api/core/v1/index.ts'
import type { Failure } from '../failure.ts'
import { initContainersOf, type KubePod } from '../pod.ts'
import { type PodState, readySandbox } from '../runtime-state.ts'

export interface ConditionFacts {
  pod: KubePod
  phase: string
  init: ContainerStatus[]
  app: ContainerStatus[]
  state: PodState
  now: number
  failed: Failure | undefined
}

interface Verdict {
  status: 'True' | 'False'
  reason?: string
  message?: string
}

const yes: Verdict = { status: 'True' }
const no = (reason: string, message?: string): Verdict => ({ status: 'False', reason, ...(message && { message }) })

/** The conditions that the kubelet writes, each with its rule; undefined: not set. */
const rules: Record<string, (facts: ConditionFacts) => Verdict | undefined> = {
  PodReadyToStartContainers: ({ state }) => (readySandbox(state) ? yes : { status: 'False' }),
  Initialized: initialized,
  Ready: (facts) => {
    const containers = containersReady(facts)
    return containers.status === 'True' ? gatesOpen(facts) : containers
  },
  ContainersReady: containersReady,
  PodScheduled: () => yes,
  DisruptionTarget: ({ failed }) =>
    failed?.isDisruption ? { status: 'True', reason: 'TerminationByKubelet', message: failed.message } : undefined,
}

export const kubeletConditions: ReadonlySet<string> = new Set(Object.keys(rules))

/** The kubelet's conditions, after those of other owners. Unchanged ones keep their transition time. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const { pod, now } = facts
  const before = pod.status.conditions ?? []
  const own = Object.entries(rules).flatMap(([type, rule]): PodCondition[] => {
    const verdict = rule(facts)
    if (!verdict) return []
    const { generation } = pod.metadata
    const condition = { type, ...(generation !== undefined && { observedGeneration: generation }), ...verdict }
    return [dated(condition, conditionOf(before, type), now)]
  })
  return [...own, ...before.filter(({ type }) => !own.some((c) => c.type === type))]
}

const names = (statuses: ContainerStatus[]): string => `[${statuses.map(({ name }) => name).join(' ')}]`

const isSidecar = ({ pod }: ConditionFacts, index: number): boolean => initContainersOf(pod)[index]?.kind === 'sidecar'

function initialized(facts: ConditionFacts): Verdict {
  const { phase, init, app } = facts
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  const appStarted = app.some((s) => s.state?.running || s.state?.terminated || s.lastState?.terminated)
  const incomplete = init.filter((s, i) => (isSidecar(facts, i) ? !s.started : !s.ready))
  if (appStarted || incomplete.length === 0) return yes
  return no('ContainersNotInitialized', `containers with incomplete status: ${names(incomplete)}`)
}

function containersReady(facts: ConditionFacts): Verdict {
  const { phase, init, app } = facts
  if (phase === 'Succeeded') return no('PodCompleted')
  if (phase === 'Failed') return no('PodFailed')
  const unready = [...init.filter((_, i) => isSidecar(facts, i)), ...app].filter((s) => !s.ready)
  return unready.length > 0 ? no('ContainersNotReady', `containers with unready status: ${names(unready)}`) : yes
}

function gatesOpen({ pod }: ConditionFacts): Verdict {
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType: type }) => ({
    type,
    condition: conditionOf(pod.status.conditions, type),
  }))
  const closed = [
    ...gates
      .filter(({ condition }) => !condition)
      .map(({ type }) => `corresponding condition of pod readiness gate "${type}" does not exist.`),
    ...gates
      .filter(({ condition }) => condition && condition.status !== 'True')
      .map(
        ({ type, condition }) => `the status of pod readiness gate "${type}" is not "True", but ${condition?.status}`,
      ),
  ]
  return closed.length > 0 ? no('ReadinessGatesNotReady', closed.join(', ')) : yes
}
