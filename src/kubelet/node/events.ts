import type { Node } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { EventRecorder } from '../../controller/controller.ts'
import { nodeReference } from '../node-reference.ts'
import { transitions } from './transitions.ts'

type Seen = Pick<Node, 'spec' | 'status'>

/** Tells, in upstream's words, what becomes of a node. */
export class NodeEvents {
  readonly #record: (type: 'Normal' | 'Warning', reason: string, message: string) => void
  readonly #nodeName: string
  #isStart: boolean
  #wasUnschedulable = false

  /** Without `withStart` it says nothing of the kubelet's start: thousands of simulated nodes that start are no news. */
  constructor(events: EventRecorder, nodeName: string, withStart: boolean) {
    const about = nodeReference(nodeName)
    this.#record = (type, reason, message) => events.record(about, type, reason, message)
    this.#nodeName = nodeName
    this.#isStart = withStart
    if (withStart) this.#record('Normal', 'Starting', 'Starting kubelet.')
  }

  /** The cgroup that holds all pods has, or could not be given, the limits of what is allocatable. */
  enforced(failure?: unknown): void {
    if (failure === undefined && !this.#isStart) return
    if (failure === undefined)
      this.#record('Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods')
    else
      this.#record(
        'Warning',
        'FailedNodeAllocatableEnforcement',
        `Failed to update Node Allocatable Limits: ${messageOf(failure)}`,
      )
  }

  /** A report was written. `before` is what the API server had; undefined: no such node. */
  reported(before: Seen | undefined, after: Seen): void {
    const bootId = after.status?.nodeInfo?.bootID
    const oldBootId = before?.status?.nodeInfo?.bootID
    if (bootId && oldBootId && bootId !== oldBootId)
      this.#record('Warning', 'Rebooted', `Node ${this.#nodeName} has been rebooted, boot id: ${bootId}`)
    const isStart = this.#isStart
    this.#isStart = false
    for (const reason of transitions(before?.status?.conditions ?? [], after.status?.conditions ?? [], { isStart }))
      this.#is(reason)
  }

  /** As the API server has the node now: others cordon it. */
  seen({ spec }: Seen): void {
    const isUnschedulable = spec?.unschedulable === true
    if (isUnschedulable !== this.#wasUnschedulable) this.#is(isUnschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable')
    this.#wasUnschedulable = isUnschedulable
  }

  #is(reason: string): void {
    this.#record('Normal', reason, `Node ${this.#nodeName} status is now: ${reason}`)
  }
}
