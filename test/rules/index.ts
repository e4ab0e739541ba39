import { podTables } from './core/pod.ts'
import type { Table } from './rule.ts'

/** Tables of which every rule holds. */
export const tables: Table[] = [...podTables]

/** Tables that are written, of which not every rule holds yet. */
export const unfinished: Table[] = []
