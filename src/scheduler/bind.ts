import { sleep } from '../api/clock.ts'
import { dated } from '../api/conditions.ts'
import { podCondition } from '../api/core/pods.ts'
import { type Pod, Pods } from '../api/core/v1/index.ts'
import { codeOf } from '../api/errors.ts'
import type { Stored } from '../api/object.ts'
import type { Context } from '../controller/controller.ts'
import type { PodInfo } from './pod-info.ts'

/** Writes decisions to the API server without blocking the scheduler. */
export interface PodBinder {
  /** Binds the pod to its node; `done` gets the error, if any. */
  bind(pod: PodInfo, node: string, done: (error?: unknown) => void): void
  /** Reports in an Event and the pod's status why it has no node; `nominated` is the node that it waits for. */
  report(pod: PodInfo, reason: 'Unschedulable' | 'SchedulerError', message: string, nominated?: string): void
  /** Deletes a pod in favour of another one. */
  evict(victim: PodInfo, favoured: PodInfo, node: string): void
  /** Clears the nominated node that `report` set. */
  clearNomination(pod: PodInfo): void
  /** Number of requests without an answer yet. */
  readonly underWay: number
  /** Resolves with the next answer. */
  progress(): Promise<void>
}

/** Time until a retry. */
const retryMs = 1000

/** `ending`: stops retries. */
export function podBinder({ client, clock, events, log }: Context, ending: AbortSignal): PodBinder {
  let underWay = 0
  let waiting: (() => void)[] = []

  async function request(work: () => Promise<unknown>, done: (error?: unknown) => void): Promise<void> {
    underWay++
    let failure: unknown
    try {
      await work()
    } catch (error) {
      failure = error ?? new Error('failed')
    }
    underWay--
    done(failure)
    const resolved = waiting
    waiting = []
    for (const resolve of resolved) resolve()
  }

  /**
   * Whether the server has made a failed binding all the same, and the answer was lost. Until that is known, the place must
   * not go to other pods.
   */
  async function isBound(
    error: unknown,
    { metadata: { name, namespace, uid } }: Stored<Pod>,
    node: string,
  ): Promise<boolean> {
    const code = codeOf(error)
    if (code !== undefined && code < 500) return false
    for (;;) {
      try {
        const present = await client.get(Pods, { name, namespace })
        return present.metadata.uid === uid && present.spec.nodeName === node
      } catch (failure) {
        const refused = codeOf(failure)
        if (refused !== undefined && refused < 500 && refused !== 429) return false
        if (ending.aborted) return false
        await sleep(clock, retryMs, ending)
      }
    }
  }

  return {
    bind({ pod, key, namespace, uid }, node, done) {
      const { name } = pod.metadata
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      }
      void request(
        async () => {
          try {
            await client.post(Pods, { name, namespace }, 'binding', binding)
          } catch (error) {
            if (!(await isBound(error, pod, node))) throw error
          }
        },
        (error) => {
          if (!error) events.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node}`)
          done(error)
        },
      )
    },

    report({ pod, key, namespace, uid }, reason, message, nominated) {
      events.record(pod, 'Warning', 'FailedScheduling', message)
      const { name, generation } = pod.metadata
      const present = podCondition(pod, 'PodScheduled')
      const same = present?.status === 'False' && present.reason === reason && present.message === message
      if (same && (nominated === undefined || nominated === pod.status.nominatedNodeName)) return
      const now = { reason, message, ...(generation !== undefined && { observedGeneration: generation }) }
      const condition = dated({ type: 'PodScheduled', status: 'False', ...now }, present, clock.now())
      const status = {
        conditions: [condition],
        ...(nominated !== undefined && { nominatedNodeName: nominated || null }),
      }
      const patch = { metadata: { uid }, status }
      void request(
        () => client.patch(Pods, { name, namespace }, patch, { type: 'strategic', subresource: 'status' }),
        (error) => {
          const code = codeOf(error)
          // The pod is gone, or another writer was faster: then there is a newer state to report.
          if (error && code !== 404 && code !== 409)
            log.warn(`the status of ${key} could not be written`, { error: String(error) })
        },
      )
    },

    evict({ pod, key, namespace, uid, terminating }, favoured, node) {
      if (terminating) return
      const { name } = pod.metadata
      const message = `${pod.spec.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`
      const why = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message }
      const condition = dated(why, podCondition(pod, 'DisruptionTarget'), clock.now())
      const patch = { metadata: { uid }, status: { conditions: [condition] } }
      void request(
        async () => {
          await client.patch(Pods, { name, namespace }, patch, { type: 'strategic', subresource: 'status' })
          await client.delete(Pods, { name, namespace }, { preconditions: { uid } })
          events.record(pod, 'Normal', 'Preempted', `Preempted by pod ${favoured.uid} on node ${node}`)
        },
        (error) => {
          const code = codeOf(error)
          if (error && code !== 404 && code !== 409) log.warn(`could not preempt ${key}`, { error: String(error) })
        },
      )
    },

    clearNomination({ pod, key, namespace, uid }) {
      const patch = { metadata: { uid }, status: { nominatedNodeName: null } }
      void request(
        () => client.patch(Pods, { name: pod.metadata.name, namespace }, patch, { subresource: 'status' }),
        (error) => {
          if (error && codeOf(error) !== 404)
            log.warn(`the status of ${key} could not be written`, { error: String(error) })
        },
      )
    },

    get underWay() {
      return underWay
    },
    progress: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
