import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Duration } from '../duration.ts'

/** A simulated node, and its faults. */
export interface TestNode {
  readonly name: string
  /** The machine dies: its containers are gone, and it stops reporting. */
  fail(): Promise<void>
  /** After `fail`: the machine starts again, empty. After `partition`: the network works again. */
  recover(): Promise<void>
  /** Cuts the network between the node and the API server; its containers keep running. */
  partition(): void
  /** Takes no more pods, as `kubectl cordon`. */
  cordon(): Promise<void>
  /** Takes pods again. */
  uncordon(): Promise<void>
  /** Cordons it and evicts its pods, except those of DaemonSets. Returns those that a disruption budget holds back. */
  drain(): Promise<string[]>
  /**
   * Puts the node under pressure, until a call with `false`. The kubelet notices at its next check, within 10 s. It sets the
   * condition and evicts one pod per check; the condition lasts for 5 min after the end of the pressure.
   */
  pressure(of: 'memory' | 'disk' | 'pid', on?: boolean): void
  /** Makes its clock fast by this (`'5m'`, milliseconds), or slow by a negative value. */
  skewClock(by: Duration): void
  /** The log of a container. `previous`: of the run before this one. */
  logs(pod: Stored<Pod>, container?: string, previous?: boolean): Promise<string[]>
}
