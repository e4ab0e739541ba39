import type { Format } from './negotiate.ts'

/** How a request wants its answer. */
export interface View {
  format: Format
  /** Of a Table: whether each row carries its object. */
  includeObject: string
  now: number
}
