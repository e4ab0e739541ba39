import { cidrOf, formatIp, nthAddress } from '../../api/ip.ts'
import type { Settings } from './settings.ts'

/** What every name of the cluster ends with. */
export const clusterDomain = 'cluster.local'

/** Where pods ask for names: the tenth address of the Services, as everywhere. */
export const dnsIp = (settings: Settings): string => addressIn(settings.serviceCidr, 10)

/** The node's own address on the bridge: its pods' gateway, and where they reach the API server and the DNS. */
export const gatewayOf = (settings: Settings): string => addressIn(settings.nodePodCidr, 1)

/** The `n`th address of a range (`10.96.0.0/16`), counted from its first. @throws RangeError where it has not so many. */
export function addressIn(range: string, n: number): string {
  const address = nthAddress(cidrOf(range), n)
  if (!address) throw new RangeError(`${range} has no address number ${n}`)
  return formatIp(address)
}
