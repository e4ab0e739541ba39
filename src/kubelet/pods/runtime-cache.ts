import type { Container, PodSandbox, PodSandboxStatus, Runtime } from '../../runtime/runtime.ts'
import { RuntimeError } from '../../runtime/runtime.ts'
import { criLabels } from '../container/labels.ts'
import { emptyState, newestFirst, type PodState, type Run } from '../runtime-state.ts'

/**
 * The runtime's state, pod by pod. A sandbox's addresses and an exited container's status never change, and a running one's
 * only in its state; so a look at an unchanged pod costs two lists and nothing else.
 */
export class RuntimeCache {
  readonly #runtime: Runtime
  readonly #sandboxes = new Map<string, PodSandboxStatus>()
  readonly #runs = new Map<string, Run>()
  readonly #pods = new Map<string, PodState>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** The last known state, without a request. */
  last(uid: string): PodState {
    return this.#pods.get(uid) ?? emptyState
  }

  knows(uid: string): boolean {
    return this.#pods.has(uid)
  }

  /** Every pod of the last `relist`. */
  uids(): string[] {
    return [...this.#pods.keys()]
  }

  /** Reads one pod. */
  async read(uid: string): Promise<PodState> {
    const labels = { [criLabels.podUid]: uid }
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandbox({ labels }),
      this.#runtime.listContainers({ labels }),
    ])
    return this.#keep(uid, await this.#detailed(sandboxes, containers))
  }

  /** Reads everything; returns the pods whose state has changed, removed ones included. */
  async relist(): Promise<string[]> {
    const [sandboxes, containers] = await Promise.all([this.#runtime.listPodSandbox(), this.#runtime.listContainers()])
    const byPod = new Map<string, { sandboxes: PodSandbox[]; containers: Container[] }>()
    const of = (uid: string) => {
      const found = byPod.get(uid) ?? { sandboxes: [], containers: [] }
      byPod.set(uid, found)
      return found
    }
    for (const s of sandboxes) of(s.metadata.uid).sandboxes.push(s)
    for (const c of containers) of(c.labels[criLabels.podUid] ?? '').containers.push(c)
    const changed: string[] = []
    for (const uid of this.#pods.keys()) {
      if (byPod.has(uid)) continue
      this.#pods.delete(uid)
      changed.push(uid)
    }
    for (const [uid, found] of byPod) {
      if (this.#sameAs(this.last(uid), found.sandboxes, found.containers)) continue
      this.#keep(uid, await this.#detailed(found.sandboxes, found.containers))
      changed.push(uid)
    }
    this.#forgetGone()
    return changed
  }

  #sameAs(state: PodState, sandboxes: PodSandbox[], containers: Container[]): boolean {
    return (
      state.sandboxes.length === sandboxes.length &&
      state.containers.length === containers.length &&
      sandboxes.every((s) => state.sandboxes.some((known) => known.id === s.id && known.state === s.state)) &&
      containers.every((c) => state.containers.some((known) => known.id === c.id && known.state === c.state))
    )
  }

  #keep(uid: string, state: PodState): PodState {
    if (state.sandboxes.length > 0 || state.containers.length > 0) this.#pods.set(uid, state)
    else this.#pods.delete(uid)
    return state
  }

  async #detailed(sandboxes: PodSandbox[], containers: Container[]): Promise<PodState> {
    const [withIps, runs] = await Promise.all([
      Promise.all(sandboxes.map((s) => this.#sandbox(s))),
      Promise.all(containers.map((c) => this.#run(c))),
    ])
    return {
      sandboxes: withIps.filter((s) => s !== undefined).sort(newestFirst),
      containers: runs.filter((r) => r !== undefined).sort(newestFirst),
    }
  }

  async #sandbox(sandbox: PodSandbox): Promise<PodSandboxStatus | undefined> {
    const known = this.#sandboxes.get(sandbox.id)
    if (known?.state === sandbox.state) return known
    const status = known ?? (await ifThere(this.#runtime.podSandboxStatus(sandbox.id)))
    if (!status) return undefined
    const full = { ...sandbox, ips: status.ips }
    this.#sandboxes.set(sandbox.id, full)
    return full
  }

  async #run(container: Container): Promise<Run | undefined> {
    const known = this.#runs.get(container.id)
    if (known?.state === container.state) return known
    const status = await ifThere(this.#runtime.containerStatus(container.id))
    if (!status) return undefined
    const run = { ...status, podSandboxId: container.podSandboxId }
    this.#runs.set(container.id, run)
    return run
  }

  #forgetGone(): void {
    const states = [...this.#pods.values()]
    const sandboxes = new Set(states.flatMap((p) => p.sandboxes.map((s) => s.id)))
    const runs = new Set(states.flatMap((p) => p.containers.map((c) => c.id)))
    for (const id of this.#sandboxes.keys()) if (!sandboxes.has(id)) this.#sandboxes.delete(id)
    for (const id of this.#runs.keys()) if (!runs.has(id)) this.#runs.delete(id)
  }
}

/** Undefined if it was removed in between. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NotFound') return undefined
    throw error
  }
}
