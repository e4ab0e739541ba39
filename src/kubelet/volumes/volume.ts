import type { Clock } from '../../api/clock.ts'
import type { Volume } from '../../api/core/v1/index.ts'
import type { Client } from '../../client/client.ts'
import type { FieldFacts } from '../container/fields.ts'
import type { Host } from '../host/host.ts'
import type { Settings } from '../options.ts'
import type { KubePod } from '../pod.ts'
import type { ObjectSource } from '../sources/watched-objects.ts'
import type { Tokens } from './service-account-token.ts'

/** A volume that containers can be given. */
export interface MountedVolume {
  /** On the host. */
  path: string
  readOnly: boolean
  /** Whether the runtime may give it the pod's SELinux label. */
  relabel: boolean
}

/** What a kind of volume works with. */
export interface VolumeContext {
  pod: KubePod
  volume: Volume
  host: Host
  settings: Settings
  client: Client
  clock: Clock
  objects: ObjectSource
  tokens: Tokens
  facts: FieldFacts & { allocatable: Record<string, string> }
  /** A folder of this volume's own, for the plugin of that name. */
  dir(plugin: string): string
}

/**
 * One kind of volume. `mount` is called again at every sync of the pod: it makes what is missing, brings contents up to
 * date, and changes nothing otherwise. What it mounts below the pod's folder is unmounted when the pod goes.
 */
export interface VolumePlugin<Source> {
  mount(source: Source, context: VolumeContext): Promise<MountedVolume>
}

export class VolumeError extends Error {}
