import { isFinished, type KubePod } from '../pod.ts'
import type { PodState } from '../runtime-state.ts'
import { orphanOf } from './garbage.ts'
import { PodWorker, type WorkerServices } from './worker.ts'

/** The workers of a node's pods. */
export class PodWorkers {
  readonly #byUid = new Map<string, PodWorker>()

  all(): PodWorker[] {
    return [...this.#byUid.values()]
  }

  /** The pods that run, or may run. */
  active(): PodWorker[] {
    return this.all().filter((worker) => !worker.isEnding && !isFinished(worker.pod.status.phase))
  }

  has(uid: string): boolean {
    return this.#byUid.has(uid)
  }

  /** Sets a pod's version from a source. */
  set(pod: KubePod, services: WorkerServices): void {
    const known = this.#byUid.get(pod.metadata.uid)
    if (known) known.update(pod)
    else this.#add(pod, services).wake()
  }

  /** No source has the pod any more. */
  gone(pod: KubePod): void {
    this.#byUid.get(pod.metadata.uid)?.gone(pod)
  }

  /** Stops and removes a pod that the runtime has, but no source. */
  adopt(uid: string, state: PodState, services: WorkerServices): void {
    if (uid !== '' && !this.has(uid)) this.#add(orphanOf(uid, state), services).gone()
  }

  #add(pod: KubePod, services: WorkerServices): PodWorker {
    const worker = new PodWorker(services, pod)
    this.#byUid.set(pod.metadata.uid, worker)
    return worker
  }

  wake(uid: string): void {
    this.#byUid.get(uid)?.wake()
  }

  /** An object that the pod refers to has changed. */
  sourceChanged(uid: string): void {
    this.#byUid.get(uid)?.sourceChanged()
  }

  /** The pod has been removed. */
  delete(uid: string): void {
    this.#byUid.delete(uid)
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((worker) => worker.stop()))
  }
}
