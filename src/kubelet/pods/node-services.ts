import type { Service } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Context } from '../../controller/controller.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { BackOff } from '../back-off.ts'
import type { FieldFacts } from '../container/fields.ts'
import type { Failure } from '../failure.ts'
import type { Host } from '../host/host.ts'
import type { ImagePuller } from '../images/puller.ts'
import type { KubePod } from '../pod.ts'
import type { Prober } from '../probes/prober.ts'
import type { Settings } from '../settings.ts'
import type { PodObjects } from '../sources/watched-objects.ts'
import type { Volumes } from '../volumes/manager.ts'
import type { Killer } from './killer.ts'
import type { Refusals } from './refusals.ts'
import type { RuntimeCache } from './runtime-cache.ts'
import type { StatusManager } from './status-manager.ts'

/** A node's services for its pods. Each part picks the ones that it needs. */
export interface NodeServices {
  ctx: Context
  settings: Settings
  runtime: Runtime
  runtimeName: string
  host: Host
  memoryBytes: number
  cache: RuntimeCache
  images: ImagePuller
  volumes: Volumes
  objects: PodObjects
  prober: Prober
  killer: Killer
  backOff: BackOff
  statuses: StatusManager
  services(): Stored<Service>[]
  sandboxFacts(pod: KubePod): { resolvConf: string; runtimeHandler?: string }
  fieldFacts(podIps: string[]): FieldFacts & { allocatable: Record<string, string> }
  admit(pod: KubePod): Failure | undefined
  refusals: Refusals
  /** Makes `admit` judge by the node as it is now, not as it was last written. */
  refreshNode(): Promise<void>
  /** The pod whose status is written: a static pod's mirror. */
  apiPod(pod: KubePod): KubePod
  /** A pod of this uid has been removed. */
  removed(uid: string): void
}
