import type { KubePod } from '../pod.ts'

export interface DnsConfig {
  servers: string[]
  searches: string[]
  options: string[]
}

/** A pod's resolv.conf by its dnsPolicy and dnsConfig; `host` is the text of the machine's own. */
export function podDns(pod: KubePod, cluster: { dns: string[]; domain: string }, host: string): DnsConfig {
  const { hostNetwork, dnsPolicy = 'ClusterFirst', dnsConfig } = pod.spec
  const wantsCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork)
  const ofHost = parseResolvConf(host)
  const base: DnsConfig =
    dnsPolicy === 'None'
      ? { servers: [], searches: [], options: [] }
      : wantsCluster && cluster.dns.length > 0
        ? {
            servers: cluster.dns,
            searches: [
              `${pod.metadata.namespace}.svc.${cluster.domain}`,
              `svc.${cluster.domain}`,
              cluster.domain,
              ...ofHost.searches,
            ],
            options: ['ndots:5'],
          }
        : ofHost
  const ownOptions = (dnsConfig?.options ?? []).map(({ name = '', value }) => (value ? `${name}:${value}` : name))
  const optionName = (option: string) => option.split(':')[0]
  const kept = base.options.filter((o) => !ownOptions.some((own) => optionName(own) === optionName(o)))
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]).slice(0, 3),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]).slice(0, 32),
    options: [...kept, ...ownOptions],
  }
}

const unique = (list: string[]): string[] => [...new Set(list)]

function parseResolvConf(text: string): DnsConfig {
  const config: DnsConfig = { servers: [], searches: [], options: [] }
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && values[0]) config.servers.push(values[0])
    else if (keyword === 'search') config.searches = values.filter((v) => v !== '.')
    else if (keyword === 'options') config.options.push(...values)
  }
  return config
}
