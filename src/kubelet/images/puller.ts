import { messageOf } from '../../api/errors.ts'
import type { Context } from '../../controller/controller.ts'
import { parseImageName } from '../../runtime/image/reference.ts'
import { type Image, type ImageAuth, type PodSandboxConfig, type Runtime, RuntimeError } from '../../runtime/runtime.ts'
import { BackOff } from '../back-off.ts'
import type { KubePod, PodContainer } from '../pod.ts'
import type { ObjectSource } from '../sources/watched-objects.ts'
import { imageCredentials } from './credentials.ts'

/** Why a container waits for its image; `reason` goes into its status. */
export class ImageError extends Error {
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError'
  /** When to try again, in ms since 1970. */
  readonly retryAt: number
  constructor(reason: ImageError['reason'], message: string, retryAt: number) {
    super(message)
    this.reason = reason
    this.retryAt = retryAt
  }
}

export interface PulledImage {
  ref: string
  image: Image | undefined
}

/** Pulls images by imagePullPolicy; pods with the same image share a pull. */
export class ImagePuller {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #objects: ObjectSource
  readonly #backOff = new BackOff()
  readonly #failures = new Map<string, { message: string; at: number }>()
  readonly #pulls = new Map<string, Promise<string>>()
  readonly #seen = new Set<string>()
  readonly #isNew: () => void

  /** Calls `isNew` at the first use of an image. */
  constructor(ctx: Context, runtime: Runtime, objects: ObjectSource, isNew = () => {}) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#objects = objects
    this.#isNew = isNew
  }

  /** @throws ImageError */
  async ensure(pod: KubePod, { spec, fieldPath }: PodContainer, sandbox?: PodSandboxConfig): Promise<PulledImage> {
    const { clock, events } = this.#ctx
    const name = normalized(spec.image ?? '')
    const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      events.record(pod, type, reason, message, fieldPath)
    const refused = (reason: ImageError['reason'], message: string, retryAt: number): ImageError => {
      event('Warning', 'Failed', `Error: ${reason}`)
      return new ImageError(reason, message, retryAt)
    }
    if (!isReference(name)) {
      const message = `Failed to apply default image tag "${spec.image}": couldn't parse image name "${spec.image}": invalid reference format`
      event('Warning', 'InspectFailed', message)
      throw refused('InvalidImageName', message, clock.now() + 300_000)
    }
    const policy = spec.imagePullPolicy ?? (/:latest$/.test(name) ? 'Always' : 'IfNotPresent')
    if (policy !== 'Always') {
      const image = await this.#inspect(name)
      if (image) {
        event(
          'Normal',
          'Pulled',
          `Container image "${spec.image}" already present on machine and can be accessed by the pod`,
        )
        return this.#present(image.id, image)
      }
      if (policy === 'Never') {
        const message = `Container image "${spec.image}" is not present with pull policy of Never`
        event('Warning', 'ErrImageNeverPull', message)
        throw refused('ErrImageNeverPull', message, clock.now() + 60_000)
      }
    }
    const key = `${pod.metadata.uid}/${name}`
    const failed = this.#failures.get(key)
    const until = failed ? this.#backOff.until(key, failed.at) : 0
    if (failed && clock.now() < until) {
      event('Normal', 'BackOff', `Back-off pulling image "${spec.image}"`)
      throw refused(
        'ImagePullBackOff',
        `Back-off pulling image "${spec.image}": ErrImagePull: ${failed.message}`,
        until,
      )
    }
    event('Normal', 'Pulling', `Pulling image "${spec.image}"`)
    const began = clock.now()
    try {
      const ref = await this.#pull(name, await imageCredentials(pod, name, this.#objects), sandbox)
      const image = await this.#inspect(ref)
      const took = duration(clock.now() - began)
      const size = image ? ` Image size: ${image.sizeBytes} bytes.` : ''
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${spec.image}" in ${took} (${took} including waiting).${size}`,
      )
      this.#failures.delete(key)
      this.#backOff.forget(key)
      return this.#present(ref, image)
    } catch (error) {
      const message = messageOf(error)
      const at = clock.now()
      this.#failures.set(key, { message, at })
      this.#backOff.next(key, at)
      event('Warning', 'Failed', `Failed to pull image "${spec.image}": ${message}`)
      throw refused('ErrImagePull', message, this.#backOff.until(key, at))
    }
  }

  #present(ref: string, image: Image | undefined): PulledImage {
    if (!this.#seen.has(ref)) {
      this.#seen.add(ref)
      this.#isNew()
    }
    return { ref, image }
  }

  forget(uid: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}/`)) this.#failures.delete(key)
  }

  async #inspect(name: string): Promise<Image | undefined> {
    try {
      return await this.#runtime.imageStatus(name)
    } catch (error) {
      const message = messageOf(error)
      throw new ImageError(
        'ImageInspectError',
        `Failed to inspect image "${name}": ${message}`,
        this.#ctx.clock.now() + 5000,
      )
    }
  }

  #pull(name: string, credentials: ImageAuth[], sandbox: PodSandboxConfig | undefined): Promise<string> {
    const key = `${name} ${JSON.stringify(credentials)}`
    const running = this.#pulls.get(key)
    if (running) return running
    const pull = this.#pullWithEach(name, credentials, sandbox).finally(() => this.#pulls.delete(key))
    this.#pulls.set(key, pull)
    return pull
  }

  /** Tries each of the credentials; reports the last failure. */
  async #pullWithEach(name: string, credentials: ImageAuth[], sandbox?: PodSandboxConfig): Promise<string> {
    let failure: unknown
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        return await this.#runtime.pullImage(name, auth, sandbox)
      } catch (error) {
        failure = error
      }
    }
    throw failure ?? new RuntimeError('Unknown', `cannot pull ${name}`)
  }
}

function isReference(name: string): boolean {
  try {
    return parseImageName(name) !== undefined
  } catch {
    return false
  }
}

/** Adds the default tag if absent. */
const normalized = (image: string): string =>
  image.includes('@') || /:[^/]+$/.test(image) || image === '' ? image : `${image}:latest`

/** As Go prints durations: `1.234s`, `56ms`. */
const duration = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${Number((ms / 1000).toFixed(3))}s`)
