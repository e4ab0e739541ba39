import type { Clock } from '../../api/clock.ts'
import type { Volume } from '../../api/core/v1/index.ts'
import type { Client } from '../../client/client.ts'
import type { FieldFacts } from '../container/fields.ts'
import type { MountedVolume } from '../container/mounts.ts'
import type { Host } from '../host/host.ts'
import type { KubePod } from '../pod.ts'
import type { Settings } from '../settings.ts'
import type { ObjectSource } from '../sources/watched-objects.ts'
import type { Tokens } from './service-account-token.ts'

/** The dependencies of a kind of volume. */
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
 * One kind of volume. Every sync of the pod calls `mount` again: it creates what is missing, updates contents, and changes
 * nothing otherwise. The manager unmounts everything below the pod's folder when the pod goes.
 */
export interface VolumePlugin<Source> {
  mount(source: Source, context: VolumeContext): Promise<MountedVolume>
}

export class VolumeError extends Error {}
