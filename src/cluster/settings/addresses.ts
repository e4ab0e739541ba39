import { nthAddress } from './cidr.ts'
import type { Settings } from './settings.ts'

/** What every name of the cluster ends with. */
export const clusterDomain = 'cluster.local'

/** Where pods ask for names: the tenth address of the Services, as everywhere. */
export const dnsIp = (settings: Settings): string => nthAddress(settings.serviceCidr, 10)

/** The node's own address on the bridge: its pods' gateway, and where they reach the API server and the DNS. */
export const gatewayOf = (settings: Settings): string => nthAddress(settings.nodePodCidr, 1)
