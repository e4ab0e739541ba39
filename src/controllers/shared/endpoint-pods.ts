import { isReady, isTerminal, lastingContainers, podCondition } from '../../api/core/pods.ts'
import { type Pod, Pods, type Service, Services } from '../../api/core/v1/index.ts'
import type { EndpointPort } from '../../api/discovery/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { selectorOfMap } from '../../api/machinery/selectors/labels.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Informer, Informers } from '../../client/informers/informer.ts'
import type { Watch } from '../../controller/controller.ts'
import { mapped } from '../../controller/watches.ts'

/** Common to the controllers of Endpoints and EndpointSlices: which pods back a Service, and how. */

/** The label that marks the endpoints of a Service without a cluster IP. */
export const headlessLabel = 'service.kubernetes.io/headless'
/** The annotation with the time of the last change that these endpoints show. */
export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'

export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None'

/** The controllers keep its endpoints; users keep those of Services without a selector. */
export const hasManagedEndpoints = ({ spec }: Stored<Service>): boolean =>
  spec.type !== 'ExternalName' && spec.selector !== undefined && Object.keys(spec.selector).length > 0

/** The pods that a Service selects. */
export function selectedPods(pods: Informer<Pod>, service: Stored<Service>): Stored<Pod>[] {
  const selector = selectorOfMap(service.spec.selector)
  return pods.list(service.metadata.namespace).filter(({ metadata }) => selector.matches(metadata.labels))
}

/** Has an address, and runs or may run soon. */
export const hasEndpoint = (pod: Stored<Pod>, { terminating }: { terminating: boolean }): boolean =>
  !isTerminal(pod) && podIps(pod).length > 0 && (terminating || !pod.metadata.deletionTimestamp)

export const podIps = ({ status }: Stored<Pod>): string[] =>
  status.podIPs?.length ? status.podIPs.map(({ ip }) => ip) : status.podIP ? [status.podIP] : []

export const familyOf = (ip: string): 'IPv4' | 'IPv6' => (ip.includes(':') ? 'IPv6' : 'IPv4')

/** The address families of a Service's endpoints. */
export function familiesOf({ spec }: Stored<Service>, pods: Stored<Pod>[]): ('IPv4' | 'IPv6')[] {
  const families = spec.ipFamilies as ('IPv4' | 'IPv6')[] | undefined
  if (families?.length) return families
  if (spec.clusterIP && spec.clusterIP !== 'None') return [familyOf(spec.clusterIP)]
  const ip = pods.flatMap(podIps)[0]
  return [ip ? familyOf(ip) : 'IPv4']
}

/** Its DNS name is `hostname.service`. */
export const hostnameFor = ({ spec, metadata }: Stored<Pod>, service: Stored<Service>): string | undefined =>
  spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace
    ? spec.hostname
    : undefined

export const targetRefTo = ({ metadata: { namespace, name, uid } }: Stored<Pod>) => ({
  kind: 'Pod',
  namespace,
  name,
  uid,
})

/** The Service's ports on this pod, without named ports that the pod lacks. */
export function portsOn(pod: Stored<Pod>, service: Stored<Service>): (EndpointPort & { port: number })[] {
  return (service.spec.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port, targetPort, appProtocol }) => {
    const target = targetPort ?? port
    const number = typeof target === 'number' ? target || port : namedPort(pod, target, protocol)
    return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }]
  })
}

function namedPort({ spec }: Stored<Pod>, name: string, protocol: string): number | undefined {
  return lastingContainers(spec)
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort
}

/**
 * The newest of the times at which the Service was made or one of its pods became ready or unready, where it is later
 * than `before`; else `before`.
 */
export function triggerTime(service: Stored<Service>, pods: Stored<Pod>[], before: string | undefined): string {
  const times = pods.flatMap((pod) => podCondition(pod, 'Ready')?.lastTransitionTime ?? [])
  return [service.metadata.creationTimestamp, before ?? '', ...times].sort().at(-1) ?? ''
}

/** The keys of the Services that select a pod. */
export function selectingServices(informers: Informers): (pod: Stored<Pod>) => string[] {
  const services = informers.of(Services)
  return ({ metadata }) =>
    services
      .list(metadata.namespace)
      .filter(
        (service) => hasManagedEndpoints(service) && selectorOfMap(service.spec.selector).matches(metadata.labels),
      )
      .map(keyOf)
}

/** Changes of pods concern the Services that select them, or did so before. */
export function watchSelectedPods(informers: Informers): Watch {
  const selecting = selectingServices(informers)
  return mapped(Pods, (pod, old) => {
    if (!old) return selecting(pod)
    const relabelled = !jsonEqual(pod.metadata.labels, old.metadata.labels)
    if (relabelled) return [...new Set([...selecting(pod), ...selecting(old)])]
    return endpointShape(pod) === endpointShape(old) ? [] : selecting(pod)
  })
}

/** The part of a pod that endpoints show; most changes of pods leave it alone. */
const endpointShape = (pod: Stored<Pod>): string =>
  [
    podIps(pod).join(),
    isReady(pod),
    isTerminal(pod),
    pod.metadata.deletionTimestamp !== undefined,
    pod.spec.nodeName,
    pod.spec.hostname,
  ].join(' ')
