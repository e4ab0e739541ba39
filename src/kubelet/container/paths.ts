import type { KubePod } from '../pod.ts'

interface Roots {
  rootDir: string
  logsDir: string
}

/** Paths of pods' files, in upstream's layout, which users and log collectors know. */
export const podDir = ({ rootDir }: Roots, uid: string): string => `${rootDir}/pods/${uid}`
export const volumesDir = (roots: Roots, uid: string): string => `${podDir(roots, uid)}/volumes`
export const volumeDir = (roots: Roots, uid: string, plugin: string, name: string): string =>
  `${volumesDir(roots, uid)}/kubernetes.io~${plugin}/${name}`
export const subPathDir = (roots: Roots, uid: string): string => `${podDir(roots, uid)}/volume-subpaths`
export const hostsPath = (roots: Roots, uid: string): string => `${podDir(roots, uid)}/etc-hosts`
export const containerDir = (roots: Roots, uid: string, container: string): string =>
  `${podDir(roots, uid)}/containers/${container}`
export const podLogsDir = ({ logsDir }: Roots, pod: KubePod): string =>
  `${logsDir}/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`
export const containerLog = (container: string, attempt: number): string => `${container}/${attempt}.log`
/** The cgroup of a pod below its QoS class. */
export const qosCgroup = (root: string, qos: string): string =>
  qos === 'Guaranteed' ? root : `${root}/${qos.toLowerCase()}`
export const podCgroup = (root: string, qos: string, uid: string): string => `${qosCgroup(root, qos)}/pod${uid}`
