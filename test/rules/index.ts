import { appsTables } from './apps/workloads.ts'
import { eventTables } from './core/events.ts'
import { podTables } from './core/pod.ts'
import { podUpdateTables } from './core/pod-updates.ts'
import { serviceTables } from './core/services.ts'
import type { Table } from './rule.ts'

/** Tables of which every rule holds. */
export const tables: Table[] = [...podTables, ...podUpdateTables, ...eventTables, ...appsTables, ...serviceTables]

/** Tables that are written, of which not every rule holds yet. */
export const unfinished: Table[] = []
