import type { PodSandbox, PodSandboxConfig } from '../runtime.ts'
import type { SimulatedContainer } from './container.ts'

export interface SimulatedSandbox {
  id: string
  config: PodSandboxConfig
  ips: string[]
  state: 'READY' | 'NOTREADY'
  createdAt: number
  containers: Set<SimulatedContainer>
  /** Its annotations say how pulling an image goes. */
  steersPulls: boolean
}

/** The label by which a kubelet often looks up one pod. */
const uidLabel = 'io.kubernetes.pod.uid'

/** All sandboxes, and those of each pod, so that a search for one pod does not visit all. */
export class SandboxIndex {
  readonly #all = new Map<string, SimulatedSandbox>()
  readonly #byPod = new Map<string, Set<SimulatedSandbox>>()

  /** How many sandboxes steer pulls. */
  steeredPulls = 0

  get(id: string): SimulatedSandbox | undefined {
    return this.#all.get(id)
  }

  add(sandbox: SimulatedSandbox): void {
    this.#all.set(sandbox.id, sandbox)
    if (sandbox.steersPulls) this.steeredPulls++
    const { uid } = sandbox.config.metadata
    const siblings = this.#byPod.get(uid)
    if (siblings) siblings.add(sandbox)
    else this.#byPod.set(uid, new Set([sandbox]))
  }

  delete(sandbox: SimulatedSandbox): void {
    if (!this.#all.delete(sandbox.id)) return
    if (sandbox.steersPulls) this.steeredPulls--
    const { uid } = sandbox.config.metadata
    const siblings = this.#byPod.get(uid)
    siblings?.delete(sandbox)
    if (siblings?.size === 0) this.#byPod.delete(uid)
  }

  list({ id, labels }: { id?: string; labels?: Record<string, string> }): SimulatedSandbox[] {
    return [...this.#candidates(labels)].filter(
      (sandbox) => (id === undefined || sandbox.id === id) && hasLabels(sandbox.config.labels, labels),
    )
  }

  /** The containers of the sandboxes that the labels may choose; the caller checks the containers' own labels. */
  containersOf(labels: Record<string, string> | undefined): SimulatedContainer[] {
    return [...this.#candidates(labels)].flatMap(({ containers }) => [...containers])
  }

  shown({ id, config, state, createdAt }: SimulatedSandbox): PodSandbox {
    const { metadata, labels, annotations } = config
    return { id, metadata, state, createdAt, labels, annotations }
  }

  #candidates(labels: Record<string, string> | undefined): Iterable<SimulatedSandbox> {
    const uid = labels?.[uidLabel]
    return uid === undefined ? this.#all.values() : (this.#byPod.get(uid) ?? [])
  }
}

export const hasLabels = (actual: Record<string, string>, wanted: Record<string, string> | undefined): boolean => {
  for (const key in wanted) if (actual[key] !== wanted[key]) return false
  return true
}
