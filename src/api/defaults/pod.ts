import { containerRequests, isPodLevel } from '../core/pod-resources.ts'
import {
  Container,
  EphemeralContainer,
  HostPathVolumeSource,
  Pod,
  PodSpec,
  PodStatus,
  Volume,
  VolumeSource,
} from '../core/v1/index.ts'
import { type Rule, rule } from './rule.ts'

type Resources = { limits?: Record<string, string>; requests?: Record<string, string> }

/** Pods, and pod templates where the rule is one of `PodSpec`, `Container` or `Volume`. */
export const podRules: Rule[] = [
  rule(Pod, ({ spec }) => {
    if (!spec) return
    const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
    for (const { resources } of containers) if (resources) requestLimits(resources)
    requestForPod(spec)
    spec.enableServiceLinks ??= true
    if (!spec.hostNetwork) return
    for (const port of containers.flatMap(({ ports = [] }) => ports)) port.hostPort ||= port.containerPort
  }),
  rule(PodSpec, (spec) => {
    /** One value under two names; the newer one wins. */
    const account = spec.serviceAccountName || spec.serviceAccount
    if (!account) return
    spec.serviceAccountName = account
    spec.serviceAccount = account
  }),
  rule(PodStatus, (status) => {
    if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }]
    else if (status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
  }),
  rule(Container, (container) => {
    container.imagePullPolicy ||= pullPolicyOf(container.image)
  }),
  rule(EphemeralContainer, (container) => {
    container.imagePullPolicy ||= pullPolicyOf(container.image)
  }),
  rule(Volume, (volume) => {
    if (!sources.some((source) => volume[source] !== undefined)) volume.emptyDir = {}
    if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference)
  }),
  rule(HostPathVolumeSource, (source) => {
    source.type ??= ''
  }),
]

const sources = Object.keys(VolumeSource.fields) as (keyof VolumeSource)[]

/** `latest`, said or meant, is pulled always; another tag or a digest stays what it is. */
export function pullPolicyOf(image = ''): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent'
  const last = image.slice(image.lastIndexOf('/') + 1)
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
  return tag === 'latest' && image !== '' ? 'Always' : 'IfNotPresent'
}

function requestLimits(resources: Resources): void {
  if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests }
}

/** The pod's own requests follow from its containers', else from its limits. */
function requestForPod(spec: PodSpec): void {
  const { resources } = spec
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return
  const ofContainers = Object.entries(containerRequests(spec)).filter(([name]) => name === 'cpu' || name === 'memory')
  const ofLimits = Object.entries(resources.limits).filter(([name]) => isPodLevel(name))
  resources.requests = { ...Object.fromEntries(ofLimits), ...Object.fromEntries(ofContainers), ...resources.requests }
}
