import type { Clock } from '../../api/clock.ts'
import type { Client } from '../../client/client.ts'
import { type PodObjects, WatchedObjects } from './watched-objects.ts'

/** One set of watched objects for many kubelets of a process: a thousand nodes watch a config map once. */
export class SharedObjects {
  readonly #objects: WatchedObjects
  readonly #owners = new Map<string, (user: string) => void>()

  constructor(client: Client, clock: Clock) {
    this.#objects = new WatchedObjects(client, clock, (user) => this.#owners.get(user)?.(user))
  }

  /** One kubelet's view; it calls `changed` for this kubelet's users alone. */
  view(changed: (user: string) => void): PodObjects {
    return {
      get: (resource, namespace, name, user) => {
        this.#owners.set(user, changed)
        return this.#objects.get(resource, namespace, name, user)
      },
      release: (user) => {
        this.#owners.delete(user)
        this.#objects.release(user)
      },
      stop() {},
    }
  }

  stop(): void {
    this.#objects.stop()
  }
}
