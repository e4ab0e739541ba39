import type { Answer } from '../registry/core.ts'

/** The metadata of a list, of whatever form its items have. */
export const listMeta = ({ revision, continue: token, remaining }: Answer & { kind: 'list' }) => ({
  resourceVersion: revision,
  ...(token && { continue: token }),
  ...(remaining !== undefined && { remainingItemCount: remaining }),
})
