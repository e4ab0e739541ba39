import { cidrOf, formatIp, nthAddress } from '../../api/ip.ts'
import type { Settings } from './settings.ts'

/** The suffix of every name of the cluster. */
export const clusterDomain = 'cluster.local'

/** The DNS address for pods: the tenth address of the Services, as everywhere. */
export const dnsIp = (settings: Settings): string => addressIn(settings.serviceCidr, 10)

/** The node's own address on the bridge: its pods' gateway, and where they reach the API server and the DNS. */
export const gatewayOf = (settings: Settings): string => addressIn(settings.nodePodCidr, 1)

/** The `n`th address of a range (`10.96.0.0/16`), counted from its first. @throws RangeError if the range is smaller. */
export function addressIn(range: string, n: number): string {
  const address = nthAddress(cidrOf(range), n)
  if (!address) throw new RangeError(`${range} has no address number ${n}`)
  return formatIp(address)
}
