import type { Context } from '../controller/controller.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { EvictionOptions } from './eviction/thresholds.ts'
import type { Host } from './host/host.ts'
import type { ImageGcOptions } from './images/garbage.ts'
import type { NodeOptions, ServerOptions, Settings } from './settings.ts'
import type { PodSource } from './sources/pod-source.ts'
import type { PodObjects } from './sources/watched-objects.ts'

/** What a kubelet is made of, beside what its node is like. */
export interface KubeletOptions extends NodeOptions {
  ctx: Context
  runtime: Runtime
  host: Host
  server?: ServerOptions
  /** A folder with manifests of pods that run without the API server. */
  staticPodPath?: string
  /** Tell of the start by events of the node; default true. */
  startEvents?: boolean
  /** How often the runtime is asked what it has. Default 1 s, and 5 min when it reports events. */
  relistMs?: number
  imageGc?: ImageGcOptions
  /** When pods have to go for the node's sake. Default: upstream's hard thresholds. */
  eviction?: EvictionOptions
  /** A log file is rotated at this size, and this many are kept. Default 10 MiB and 5. */
  logRotation?: { maxBytes: number; maxFiles: number }
  /** Sysctls beyond the safe ones that pods may set: `net.*`, `kernel.msg*`. */
  allowedUnsafeSysctls?: string[]
  /**
   * How many pods are refused in a second, at most; default: any number. A controller replaces each refused pod at once:
   * without a limit, that would never end where time stands still.
   */
  refusalsPerSecond?: number
  /** Where pods come from; default: those bound to this node, by one watch. */
  pods?: PodSource
  /** Where config maps and secrets come from; default: a watch of each one that pods use. */
  objects?: (changed: (user: string) => void) => PodObjects
}

/** The same with the defaults of the node filled in. */
export type KubeletSettings = KubeletOptions & Settings
