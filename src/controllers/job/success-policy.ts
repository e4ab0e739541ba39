import type { SuccessPolicy } from '../../api/batch/v1/index.ts'
import { Indexes } from './indexes.ts'

/** Names the rule by which a Job has succeeded already; undefined: none. (KEP-3998) */
export function successMessage(
  policy: SuccessPolicy | undefined,
  completions: number,
  completed: Indexes,
): string | undefined {
  if (completed.size === 0) return undefined
  const at = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const relevant = succeededIndexes === undefined ? undefined : Indexes.parse(succeededIndexes, completions)
    const done = relevant ? relevant.sharedWith(completed) : completed.size
    const needed = succeededCount ?? relevant?.size
    return needed !== undefined && done >= needed
  })
  return at < 0 ? undefined : `Matched rules at index ${at}`
}
