import type { Context } from '../../controller/controller.ts'
import type { Image, Runtime } from '../../runtime/runtime.ts'
import type { Host } from '../host/host.ts'
import { nodeReference } from '../node-reference.ts'

export interface ImageGcOptions {
  /** Percent of disk use at which the removal of images starts and stops. 100: never. Default 85 and 80. */
  highPercent?: number
  lowPercent?: number
  /** Minimum age of an image before its removal. Default 2 min. */
  minAgeMs?: number
}

/** Removes unused images, the longest unused first, when the disk fills. */
export class ImageCollector {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #host: Host
  readonly #limits: Required<ImageGcOptions>
  readonly #about: ReturnType<typeof nodeReference>
  readonly #seen = new Map<string, { since: number; lastUsed: number }>()

  constructor(ctx: Context, runtime: Runtime, host: Host, nodeName: string, options: ImageGcOptions = {}) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#host = host
    this.#limits = { highPercent: 85, lowPercent: 80, minAgeMs: 120_000, ...options }
    this.#about = nodeReference(nodeName)
  }

  /** Removes as many as necessary. Resolves with the bytes of the removed images. */
  async collect(): Promise<number> {
    const { highPercent, lowPercent, minAgeMs } = this.#limits
    const unused = await this.#unused()
    if (highPercent >= 100) return 0
    const { mountpoint } = await this.#runtime.imageFsInfo()
    const { capacityBytes, availableBytes } = await this.#host.files.diskSpace(mountpoint || '/')
    const usedPercent = 100 - (100 * availableBytes) / capacityBytes
    if (capacityBytes === 0 || usedPercent < highPercent) return 0
    const wanted = Math.ceil((capacityBytes * (100 - lowPercent)) / 100 - availableBytes)
    const now = this.#ctx.clock.now()
    const old = unused.filter(({ id }) => now - (this.#seen.get(id)?.since ?? now) >= minAgeMs)
    const freed = await this.#remove(old, wanted)
    if (freed < wanted) {
      const message = `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`
      this.#ctx.events.record(this.#about, 'Warning', 'FreeDiskSpaceFailed', message)
    }
    return freed
  }

  /** Removes all unused images, new ones too: the node is short of disk. */
  async removeUnused(): Promise<number> {
    return this.#remove(await this.#unused(), Number.POSITIVE_INFINITY)
  }

  /** Records the images in use now; returns the others, the longest unused first. */
  async #unused(): Promise<Image[]> {
    const now = this.#ctx.clock.now()
    const [images, containers] = await Promise.all([this.#runtime.listImages(), this.#runtime.listContainers()])
    const used = new Set(containers.flatMap((c) => [c.image, c.imageRef]))
    const unused: Image[] = []
    for (const image of images) {
      const { id, repoTags, repoDigests } = image
      const known = this.#seen.get(id) ?? { since: now, lastUsed: 0 }
      this.#seen.set(id, known)
      // The sandbox image has no container in CRI's list, and nothing starts without it.
      const isPause = repoTags.some((tag) => /\bpause\b/.test(tag))
      if ([id, ...repoTags, ...repoDigests].some((name) => used.has(name))) known.lastUsed = now
      else if (!isPause) unused.push(image)
    }
    return unused.sort((a, b) => (this.#seen.get(a.id)?.lastUsed ?? 0) - (this.#seen.get(b.id)?.lastUsed ?? 0))
  }

  async #remove(images: Image[], wantedBytes: number): Promise<number> {
    let freed = 0
    for (const { id, repoTags, sizeBytes } of images) {
      if (freed >= wantedBytes) break
      await this.#runtime.removeImage(id)
      this.#seen.delete(id)
      this.#ctx.log.info('removed an unused image', { image: repoTags[0] ?? id, bytes: sizeBytes })
      freed += sizeBytes
    }
    return freed
  }
}
