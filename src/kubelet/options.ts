import type { Context } from '../controller/controller.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { EvictionOptions } from './eviction/thresholds.ts'
import type { Host } from './host/host.ts'
import type { ImageGcOptions } from './images/garbage.ts'
import type { NodeOptions, ServerOptions, Settings } from './settings.ts'
import type { PodSource } from './sources/pod-source.ts'
import type { PodObjects } from './sources/watched-objects.ts'

/** The parts of a kubelet, besides its node's settings. */
export interface KubeletOptions extends NodeOptions {
  ctx: Context
  runtime: Runtime
  host: Host
  server?: ServerOptions
  /** A folder with manifests of pods that run without the API server. */
  staticPodPath?: string
  /** Report the start by Events of the node; default true. */
  startEvents?: boolean
  /** Interval of listing the runtime's containers. Default 1 s, or 5 min if it reports events. */
  relistMs?: number
  imageGc?: ImageGcOptions
  /** Thresholds of node-pressure eviction. Default: upstream's hard thresholds. */
  eviction?: EvictionOptions
  /** Size at which a log file is rotated, and number of files to keep. Default 10 MiB and 5. */
  logRotation?: { maxBytes: number; maxFiles: number }
  /** Sysctls beyond the safe ones that pods may set: `net.*`, `kernel.msg*`. */
  allowedUnsafeSysctls?: string[]
  /**
   * The most pods to refuse per second; default: no limit. A controller replaces each refused pod at once: without a limit,
   * that would never end while virtual time stands still.
   */
  refusalsPerSecond?: number
  /** Where pods come from; default: those bound to this node, by one watch. */
  pods?: PodSource
  /** Where config maps and secrets come from; default: a watch of each one that pods use. */
  objects?: (changed: (user: string) => void) => PodObjects
}

/** The same with the node's defaults. */
export type KubeletSettings = KubeletOptions & Settings
