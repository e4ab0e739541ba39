/** The node conditions that the eviction manager sets, in the order of the status. */
export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** The condition that a signal sets, and the resource that the node is then low on. */
interface SignalFacts {
  condition: Pressure
  /** Its name in messages. */
  resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'
  /** Its amount is in bytes. */
  inBytes: boolean
}

/** The eviction signals of Linux ('Node-pressure Eviction'). */
export const signals = {
  'memory.available': { condition: 'MemoryPressure', resource: 'memory', inBytes: true },
  'nodefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage', inBytes: true },
  'nodefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes', inBytes: false },
  'imagefs.available': { condition: 'DiskPressure', resource: 'ephemeral-storage', inBytes: true },
  'imagefs.inodesFree': { condition: 'DiskPressure', resource: 'inodes', inBytes: false },
  'pid.available': { condition: 'PIDPressure', resource: 'pids', inBytes: false },
} as const satisfies Record<string, SignalFacts>

export type Signal = keyof typeof signals

export const isSignal = (text: string): text is Signal => Object.hasOwn(signals, text)

/** Capacity and available amount. Bytes, inodes or processes. */
export interface Observation {
  available: number
  capacity: number
}

/** Unmeasurable signals (a file system without a number of inodes) are absent. */
export type Observations = Partial<Record<Signal, Observation>>
