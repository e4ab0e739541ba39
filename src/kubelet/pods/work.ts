import type { Failure } from '../failure.ts'

/** How a pod ends on this node. */
export interface Ending {
  /** Set when the kubelet itself decided it: what the status says. */
  failed?: Failure
  /** The most that its containers get, whatever the pod says. Default: no such bound. */
  graceSeconds?: number
  /** No source has the pod any more: its status is not written, and all of it goes. */
  orphaned?: boolean
}

/**
 * What a worker is doing with its pod. A pod only goes down this list.
 *
 * - `syncing`: brings what runs to what the spec says: sandbox, volumes, containers, restarts, probes. Deleted, gone from
 *   its source, finished, past its deadline, refused or evicted -> `terminating`.
 * - `terminating`: starts nothing more and probes readiness alone; stops the containers by one `deadline`, which can only
 *   come nearer, then the sandbox, writes the last status, gives back volumes, cgroup and watches. All of that done ->
 *   `terminated`.
 * - `terminated`: holds nothing of the node but dead containers and logs. Asks the API server once to delete a pod that is
 *   to be deleted. When no source has the pod, clears away the rest -> `removed`.
 * - `removed`: nothing is left, and nothing more happens.
 */
export type Work =
  | { readonly at: 'syncing' }
  | { readonly at: 'terminating'; readonly ending: Ending; readonly deadline?: number }
  | { readonly at: 'terminated'; readonly ending: Ending; readonly deletion: 'open' | 'sent' }
  | { readonly at: 'removed' }

export const syncing: Work = { at: 'syncing' }

/** The kubelet ends the pod of its own accord. One that is ending already goes on as it is. */
export const evicted = (work: Work, ending: Ending): Work =>
  work.at === 'syncing' ? { at: 'terminating', ending } : work

/** No source has the pod any more. */
export function orphaned(work: Work): Work {
  if (work.at === 'removed') return work
  if (work.at === 'syncing') return { at: 'terminating', ending: { orphaned: true } }
  return { ...work, ending: { ...work.ending, orphaned: true } }
}
