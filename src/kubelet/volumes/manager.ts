import { allEnded } from '../../api/all-ended.ts'
import type { Volume } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import { Turns } from '../../api/turns.ts'
import type { MountedVolume } from '../container/mounts.ts'
import { podDir, subPathDir, volumeDir, volumesDir } from '../container/paths.ts'
import { containersOf, type KubePod } from '../pod.ts'
import { configMap } from './config-map.ts'
import { downwardApi } from './downward-api.ts'
import { emptyDir } from './empty-dir.ts'
import { hostPath } from './host-path.ts'
import { persistentVolumeClaim } from './persistent-volume-claim.ts'
import { projected } from './projected.ts'
import { secret } from './secret.ts'
import { type VolumeContext, VolumeError, type VolumePlugin } from './volume.ts'

type Source<K extends keyof Volume> = NonNullable<Volume[K]>
const mountWith =
  <S>(plugin: VolumePlugin<S>) =>
  (source: S, context: VolumeContext) =>
    plugin.mount(source, context)

/** The kinds of volumes, by their field in the API. */
const plugins: { [K in keyof Volume]?: (source: Source<K>, context: VolumeContext) => Promise<MountedVolume> } = {
  emptyDir: mountWith(emptyDir),
  hostPath: mountWith(hostPath),
  configMap: mountWith(configMap),
  secret: mountWith(secret),
  downwardAPI: mountWith(downwardApi),
  projected: mountWith(projected),
  persistentVolumeClaim: mountWith(persistentVolumeClaim),
  ephemeral: (_, context) =>
    persistentVolumeClaim.mount({ claimName: `${context.pod.metadata.name}-${context.volume.name}` }, context),
}

type Common = Omit<VolumeContext, 'pod' | 'volume' | 'dir' | 'facts'>

/** Sets up the volumes that a pod's containers mount, updates them, and removes them. */
export class Volumes {
  readonly #common: Common
  readonly #known = new Map<string, { shown: string; mounted: Map<string, MountedVolume> }>()
  readonly #stale = new Set<string>()
  /** A pod's volumes are mounted and unmounted one after the other. */
  readonly #turns = new Turns()

  constructor(common: Common) {
    this.#common = common
  }

  /** An object that this pod's volumes show has changed. */
  invalidate(uid: string): void {
    this.#stale.add(uid)
  }

  /**
   * All volumes by name, updated; costs nothing if nothing has changed.
   * @throws VolumeError that names the failing volume.
   */
  async mount(pod: KubePod, facts: VolumeContext['facts']): Promise<Map<string, MountedVolume>> {
    const { uid } = pod.metadata
    const shown = shownBy(pod, facts)
    const known = this.#known.get(uid)
    if (known?.shown === shown && !this.#stale.has(uid) && !this.#turns.has(uid)) return known.mounted
    return this.#turns.take(uid, () => this.#mountAll(pod, facts, shown))
  }

  async #mountAll(pod: KubePod, facts: VolumeContext['facts'], shown: string): Promise<Map<string, MountedVolume>> {
    const { uid } = pod.metadata
    this.#stale.delete(uid)
    const used = new Set(containersOf(pod).flatMap((c) => (c.spec.volumeMounts ?? []).map((m) => m.name)))
    const wanted = (pod.spec.volumes ?? []).filter((v) => used.has(v.name))
    const mounted = await allEnded(
      wanted.map(
        async (volume): Promise<[string, MountedVolume]> => [volume.name, await this.#one(pod, volume, facts)],
      ),
    ).catch((error: unknown) => {
      this.#stale.add(uid)
      throw error
    })
    const result = new Map(mounted)
    this.#known.set(uid, { shown, mounted: result })
    return result
  }

  async #one(pod: KubePod, volume: Volume, facts: VolumeContext['facts']): Promise<MountedVolume> {
    const { settings } = this.#common
    const dir = (plugin: string) => volumeDir(settings, pod.metadata.uid, plugin, volume.name)
    const context: VolumeContext = { ...this.#common, pod, volume, facts, dir }
    try {
      for (const kind of Object.keys(plugins) as (keyof Volume)[]) {
        const source = volume[kind]
        if (source !== undefined) return await mountAs(kind, source, context)
      }
      const kind = Object.keys(volume).find((k) => k !== 'name') ?? 'of no kind'
      throw new VolumeError(`volume plugin "${kind}" is not supported by this kubelet`)
    } catch (error) {
      const why = messageOf(error)
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`)
    }
  }

  /** Unmounts a pod's volumes and removes all its files but the logs. */
  unmount(uid: string): Promise<void> {
    return this.#turns.take(uid, () => this.#unmount(uid))
  }

  async #unmount(uid: string): Promise<void> {
    const { host, settings, tokens } = this.#common
    tokens.forget(uid)
    this.#known.delete(uid)
    this.#stale.delete(uid)
    if (host.simulated) return
    for (const path of await host.mounts.below(podDir(settings, uid))) await host.mounts.unmount(path)
    await host.files.remove(volumesDir(settings, uid))
    await host.files.remove(subPathDir(settings, uid))
    await host.files.remove(podDir(settings, uid))
  }
}

const showsAddress = (volume: Volume): boolean =>
  (volume.downwardAPI || volume.projected) !== undefined && jsonText(volume).includes('status.podIP')

/** The parts of a pod on which its volumes depend, besides the objects they refer to. */
function shownBy({ metadata, spec }: KubePod, { podIps }: VolumeContext['facts']): string {
  const showsIps = spec.volumes?.some(showsAddress) ?? false
  const added = spec.ephemeralContainers?.length ?? 0
  return JSON.stringify([metadata.labels, metadata.annotations, added, showsIps && podIps])
}

function mountAs<K extends keyof Volume>(kind: K, source: Source<K>, context: VolumeContext): Promise<MountedVolume> {
  const mount = plugins[kind]
  if (!mount) throw new VolumeError(`volume plugin "${kind}" is not supported by this kubelet`)
  return mount(source, context)
}
