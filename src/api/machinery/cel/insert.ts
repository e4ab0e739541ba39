import { failure } from './errors.ts'
import type { CelMap } from './values.ts'

/** @throws EvaluationError for a key that is there, or can be none */
export function insert(map: CelMap, key: unknown, value: unknown): void {
  let isNew: boolean
  try {
    isNew = map.add(key, value)
  } catch {
    throw failure('unsupported key type')
  }
  if (!isNew) throw failure(`Failed with repeated key`)
}
