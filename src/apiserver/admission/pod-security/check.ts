import type { Container, PodSpec } from '../../../api/core/v1/index.ts'

/** What a control looks at. */
export interface CheckedPod {
  annotations: Readonly<Record<string, string>>
  spec: PodSpec
  /** Init containers, containers, ephemeral containers. */
  containers: readonly Container[]
}

/** Why a control forbids a pod: `privileged`, and `container "c" must not set securityContext.privileged=true`. */
export interface Violation {
  reason: string
  detail: string
}

/** Undefined: the pod may be so. */
export type Check = (pod: CheckedPod) => Violation | undefined

/** One control of the Pod Security Standards: its check from each minor version on. */
export interface Control {
  id: string
  /** `[22, check]`: from v1.22 on. In ascending order. */
  versions: readonly (readonly [minor: number, check: Check])[]
  /** A control of the baseline that this one of `restricted` includes. */
  overrides?: string
}

export const checkedPod = (annotations: Readonly<Record<string, string>> | undefined, spec: PodSpec): CheckedPod => ({
  annotations: annotations ?? {},
  spec,
  containers: [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...((spec.ephemeralContainers ?? []) as Container[]),
  ],
})

/** `"a", "b"` */
export const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ')
/** Each once, in order. */
export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()
export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many)
/** `container "a"`, `containers "a", "b"` */
export const named = (names: readonly string[]): string =>
  `${plural('container', 'containers', names.length)} ${quoted(names)}`

/** The names of the containers that a test chooses. */
export const namesOf = ({ containers }: CheckedPod, chosen: (container: Container) => boolean): string[] =>
  containers.filter(chosen).map(({ name }) => name)

/** `pod and container "a"`: who sets something. */
export const setters = (pod: boolean, containers: readonly string[]): string =>
  [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])].join(' and ')

/** In a user namespace, root of a pod is nobody outside ('user namespaces', KEP 127). */
export const relaxedByUserNamespace =
  (check: Check): Check =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : check(pod)

/** Windows has no such thing. */
export const exceptWindows =
  (check: Check): Check =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod)
