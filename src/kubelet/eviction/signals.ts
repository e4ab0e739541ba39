/** The node's conditions that the kubelet itself answers for, in the order of its status. */
export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** What a signal tells of: the condition that it sets, and what the node is then low on. */
interface SignalFacts {
  condition: Pressure
  /** As messages name it. */
  resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'
  /** Its amount is bytes, and written as such. */
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

/** How much there is of something, and how much is left. Bytes, inodes or processes. */
export interface Observation {
  available: number
  capacity: number
}

/** A signal that cannot be measured (a file system without a number of inodes) is absent. */
export type Observations = Partial<Record<Signal, Observation>>
