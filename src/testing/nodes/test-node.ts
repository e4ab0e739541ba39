import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Duration } from '../duration.ts'

/** A simulated node, and what can happen to one. */
export interface TestNode {
  readonly name: string
  /** The machine dies: its containers are gone, nobody reports it. */
  fail(): Promise<void>
  /** After `fail`: the machine starts anew, with nothing on it. After `partition`: the network is mended. */
  recover(): Promise<void>
  /** The network is cut: it and the API server no longer reach each other; its containers run on. */
  partition(): void
  /** Takes no more pods, as `kubectl cordon`. */
  cordon(): Promise<void>
  /** Takes pods again. */
  uncordon(): Promise<void>
  /** Cordons it and evicts its pods, those of DaemonSets aside. Answers those that a disruption budget holds back. */
  drain(): Promise<string[]>
  /**
   * It is short of something, until it is told otherwise: what the kubelet finds with its next look, within 10 s. It sets
   * the condition and evicts pods, one each time it looks; the condition lasts for 5 min after the end of the pressure.
   */
  pressure(of: 'memory' | 'disk' | 'pid', on?: boolean): void
  /** Its clock is fast by this (`'5m'`, milliseconds); with a minus: slow. */
  skewClock(by: Duration): void
  /** What a container has logged. `previous`: the run before this one. */
  logs(pod: Stored<Pod>, container?: string, previous?: boolean): Promise<string[]>
}
