import type { Context } from '../../client/controller.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Host } from '../host/host.ts'

const minAgeMs = 120_000

/** Removes images that no container uses, those unused for longest first, when the disk fills. */
export class ImageCollector {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #host: Host
  readonly #limits: { highPercent: number; lowPercent: number }
  readonly #seen = new Map<string, { since: number; lastUsed: number }>()

  constructor(ctx: Context, runtime: Runtime, host: Host, limits = { highPercent: 85, lowPercent: 80 }) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#host = host
    this.#limits = limits
  }

  /** Resolves with the bytes of the images it has removed. */
  async collect(): Promise<number> {
    const now = this.#ctx.clock.now()
    const [images, containers, { mountpoint }] = await Promise.all([
      this.#runtime.listImages(),
      this.#runtime.listContainers(),
      this.#runtime.imageFsInfo(),
    ])
    const used = new Set(containers.flatMap((c) => [c.image, c.imageRef]))
    const isUsed = (id: string, names: string[]) => [id, ...names].some((name) => used.has(name))
    for (const { id, repoTags, repoDigests } of images) {
      const known = this.#seen.get(id) ?? { since: now, lastUsed: 0 }
      if (isUsed(id, [...repoTags, ...repoDigests])) known.lastUsed = now
      this.#seen.set(id, known)
    }
    const { capacityBytes, availableBytes } = await this.#host.files.diskSpace(mountpoint || '/')
    const usedPercent = 100 - (100 * availableBytes) / capacityBytes
    if (capacityBytes === 0 || usedPercent < this.#limits.highPercent) return 0

    const wanted = (capacityBytes * (100 - this.#limits.lowPercent)) / 100 - availableBytes
    const candidates = images
      .filter(({ id, repoTags, repoDigests }) => {
        const since = this.#seen.get(id)?.since ?? now
        // The sandbox image has no container in CRI's list, and nothing starts without it.
        const isPause = repoTags.some((tag) => /\bpause\b/.test(tag))
        return !isPause && !isUsed(id, [...repoTags, ...repoDigests]) && now - since >= minAgeMs
      })
      .sort((a, b) => (this.#seen.get(a.id)?.lastUsed ?? 0) - (this.#seen.get(b.id)?.lastUsed ?? 0))
    let freed = 0
    for (const { id, repoTags, sizeBytes } of candidates) {
      if (freed >= wanted) break
      await this.#runtime.removeImage(id)
      this.#seen.delete(id)
      this.#ctx.log.info('removed an unused image', { image: repoTags[0] ?? id, bytes: sizeBytes })
      freed += sizeBytes
    }
    return freed
  }
}
