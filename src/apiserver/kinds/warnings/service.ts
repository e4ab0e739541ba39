import type { Service, ServiceSpec } from '../../../api/core/v1/index.ts'
import { cidrWarnings, ipWarnings } from './addresses.ts'

const hints = 'service.kubernetes.io/topology-aware-hints'
const mode = 'service.kubernetes.io/topology-mode'

export const serviceWarnings = ({ spec = {}, metadata }: Service): string[] => [
  ...(metadata?.annotations?.[hints] === undefined
    ? []
    : [`annotation ${hints} is deprecated, please use ${mode} instead`]),
  ...(isHeadless(spec) ? headlessWarnings(spec) : addressWarnings(spec)),
  ...ignoredWarnings(spec),
  ...(spec.trafficDistribution === 'PreferClose'
    ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
    : []),
]

const isHeadless = ({ type, clusterIP }: ServiceSpec) => type === 'ClusterIP' && clusterIP === 'None'

function headlessWarnings({ loadBalancerIP, externalIPs, sessionAffinity }: ServiceSpec): string[] {
  const ignored = (name: string) => `spec.${name} is ignored for headless services`
  return [
    ...(loadBalancerIP ? [ignored('loadBalancerIP')] : []),
    ...(externalIPs?.length ? [ignored('externalIPs')] : []),
    ...(sessionAffinity !== 'None' ? [ignored('SessionAffinity')] : []),
  ]
}

function addressWarnings(spec: ServiceSpec): string[] {
  const { type, clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges = [] } = spec
  return [
    ...(externalIPs.length && type !== 'ExternalName'
      ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters']
      : []),
    ...clusterIPs.flatMap((ip, i) => ipWarnings(ip, `spec.clusterIPs[${i}]`)),
    ...externalIPs.flatMap((ip, i) => ipWarnings(ip, `spec.externalIPs[${i}]`)),
    ...(loadBalancerIP ? ipWarnings(loadBalancerIP, 'spec.loadBalancerIP') : []),
    ...loadBalancerSourceRanges.flatMap((range, i) => cidrWarnings(range, `spec.loadBalancerSourceRanges[${i}]`)),
  ]
}

function ignoredWarnings({ type, externalIPs, externalName }: ServiceSpec): string[] {
  if (type === 'ExternalName')
    return externalIPs?.length ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []
  return externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []
}
