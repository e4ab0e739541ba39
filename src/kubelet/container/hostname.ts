import type { KubePod } from '../pod.ts'

export interface PodHostname {
  /** The output of `hostname` in the pod. */
  hostname: string
  /** With its subdomain, if it has one: goes into /etc/hosts, too. */
  fqdn?: string
}

/** A pod's host name from its hostname, subdomain and setHostnameAsFQDN. */
export function podHostname(pod: KubePod, nodeHostname: string, clusterDomain: string): PodHostname {
  const { hostname, subdomain, setHostnameAsFQDN, hostnameOverride, hostNetwork } = pod.spec
  if (hostnameOverride) return { hostname: hostnameOverride }
  // The kernel takes 63 characters; pod names can be longer.
  const plain = hostname || pod.metadata.name.slice(0, 63).replace(/[-.]+$/, '')
  const fqdn = subdomain ? `${plain}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : undefined
  if (hostNetwork) return { hostname: nodeHostname }
  return { hostname: setHostnameAsFQDN && fqdn ? fqdn : plain, ...(fqdn && { fqdn }) }
}

/** The text of a pod's /etc/hosts. */
export function hostsFile(pod: KubePod, ips: string[], { hostname, fqdn }: PodHostname, hostText: string): string {
  const plain = hostname.split('.')[0] ?? hostname
  const names = fqdn ? `${fqdn}\t${plain}` : hostname
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`)
  const own = pod.spec.hostNetwork
    ? ['# Kubernetes-managed hosts file (host network).', hostText.trimEnd()]
    : [
        '# Kubernetes-managed hosts file.',
        '127.0.0.1\tlocalhost',
        '::1\tlocalhost ip6-localhost ip6-loopback',
        'fe00::0\tip6-localnet',
        'fe00::0\tip6-mcastprefix',
        'fe00::1\tip6-allnodes',
        'fe00::2\tip6-allrouters',
        ...ips.map((ip) => `${ip}\t${names}`),
      ]
  const added = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : []
  return `${[...own, ...added].join('\n')}\n`
}
