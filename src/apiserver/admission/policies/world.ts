import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import type { FindKind } from './params.ts'

/** What policies need of the server around them. */
export interface PolicyWorld {
  /** Decides what users may do, for the variable `authorizer`. */
  decide: Decide
  findKind: FindKind
}
