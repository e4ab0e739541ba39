import type { PodSandboxConfig } from '../../runtime/runtime.ts'
import type { ImagePuller, PulledImage } from '../images/puller.ts'
import type { KubePod, PodContainer } from '../pod.ts'

interface Entry {
  result: Promise<PulledImage>
  settled: boolean
  /** A container waits for it. */
  awaited: boolean
}

/** Pulls the images that one pod's containers will need, beside other work. */
export class PodImages {
  readonly #puller: ImagePuller
  readonly #arrived: () => void
  readonly #entries = new Map<string, Entry>()

  /** Calls `arrived` when a pull that a container waits for has succeeded or failed. */
  constructor(puller: ImagePuller, arrived: () => void) {
    this.#puller = puller
    this.#arrived = arrived
  }

  fetch(pod: KubePod, container: PodContainer, sandbox?: PodSandboxConfig): Entry {
    const key = keyOf(container)
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = { result: this.#puller.ensure(pod, container, sandbox), settled: false, awaited: false }
    this.#entries.set(key, entry)
    const settle = () => {
      entry.settled = true
      if (entry.awaited) this.#arrived()
    }
    entry.result.then(settle, settle)
    return entry
  }

  /** The image, once; undefined while it is being pulled. @throws ImageError */
  async take(pod: KubePod, container: PodContainer, sandbox: PodSandboxConfig): Promise<PulledImage | undefined> {
    const entry = this.fetch(pod, container, sandbox)
    // A runtime in this process answers within a few turns.
    for (let i = 0; i < 20 && !entry.settled; i++) await Promise.resolve()
    if (!entry.settled) {
      entry.awaited = true
      return undefined
    }
    this.#entries.delete(keyOf(container))
    return entry.result
  }
}

/** A container's image may change while the first one is on its way. */
const keyOf = ({ spec }: PodContainer): string => `${spec.name} ${spec.image}`
