import type { Wishes } from '../settings/choose.ts'
import { UserError } from '../user-error.ts'

export interface UpOptions extends Wishes {
  manifests: string[]
  detach: boolean
  merge: boolean
  verbose: boolean
  timeoutSeconds: number
  /** Aborted when the user wants no more of it. */
  interrupted: AbortSignal
}

/** How `up` reports its progress. */
export interface UpReport {
  /** A phase has ended well. */
  done(phase: string): void
  note(text: string): void
}

/** Aborted when the time of one phase is over, or by the user. */
export const deadlineOf = ({ timeoutSeconds, interrupted }: UpOptions): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), interrupted])

export const interruption = () => new UserError('interrupted', 130)
