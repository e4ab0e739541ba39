import { hostname } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import type { ApiServerSettings } from '../../../cluster/processes/api-server.ts'
import { selfSigned } from '../../../cluster/processes/standalone.ts'
import { addressIn } from '../../../cluster/settings/addresses.ts'
import { primaryAddress } from '../../../cluster/settings/machine.ts'
import { duration, ipv4, list, pairOf, port, truth } from '../../flags.ts'
import type { ServiceFlags } from './services.ts'
import { cipherSuites, tlsVersion } from './tls.ts'

export interface ServingFlags {
  securePort: number
  bindAddress: string
  advertiseAddress?: string
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
  tlsMinVersion?: 'TLSv1.2' | 'TLSv1.3'
  tlsCipherSuites?: string
  corsAllowedOrigins?: RegExp[]
  goawayChance: number
  requestTimeout: number
  shutdownDelayDuration: number
  shutdownSendRetryAfter: boolean
}

/** Where the server listens, its own certificate, and how it ends. */
export const serving = {
  define(command: Command): void {
    command
      .option('--secure-port <port>', 'where it serves HTTPS', port, 6443)
      .option('--bind-address <ip>', 'the address to listen on', ipv4, '0.0.0.0')
      .option(
        '--advertise-address <ip>',
        'where pods reach it (default: --bind-address, or that of this machine)',
        ipv4,
      )
      .option('--tls-cert-file <file>', 'its certificate (default: one that nobody vouches for)')
      .option('--tls-private-key-file <file>', 'its key')
      .option('--tls-min-version <version>', 'VersionTLS12 or VersionTLS13', tlsVersion)
      .option('--tls-cipher-suites <names>', "cipher suites of TLS 1.2, by Go's names", cipherSuites)
      .option('--cors-allowed-origins <patterns>', 'regular expressions of origins whose pages may use it', origins)
      .option(
        '--goaway-chance <fraction>',
        'how often it sends an HTTP/2 client to another server; up to 0.02',
        chance,
        0,
      )
      .option('--request-timeout <duration>', 'until the answer to a request has to begin', duration, 60_000)
      .option('--shutdown-delay-duration <duration>', 'between the signal to end and its end', duration, 0)
      .option('--shutdown-send-retry-after [bool]', 'send new requests away while it ends', truth, false)
  },

  async settings(flags: ServingFlags & Pick<ServiceFlags, 'serviceClusterIpRange'>): Promise<Settings> {
    const { bindAddress, securePort, serviceClusterIpRange, tlsMinVersion, tlsCipherSuites } = flags
    const advertise = flags.advertiseAddress ?? (bindAddress === '0.0.0.0' ? primaryAddress() : bindAddress)
    const serviceIp = addressIn(serviceClusterIpRange, 1)
    const tls =
      pairOf(['--tls-cert-file', flags.tlsCertFile], ['--tls-private-key-file', flags.tlsPrivateKeyFile]) ??
      (await selfSigned('kube-apiserver', [...serviceNames, hostname()], ['127.0.0.1', advertise, serviceIp]))
    return {
      hosts: [bindAddress],
      port: securePort,
      tls,
      advertise,
      http: {
        ...(flags.corsAllowedOrigins && { corsOrigins: flags.corsAllowedOrigins }),
        ...(flags.requestTimeout > 0 && { requestTimeoutMs: flags.requestTimeout }),
      },
      connections: {
        goawayChance: flags.goawayChance,
        ...(tlsMinVersion && { minVersion: tlsMinVersion }),
        ...(tlsCipherSuites && { ciphers: tlsCipherSuites }),
      },
      shutdown: {
        delayMs: flags.shutdownDelayDuration,
        sendsAway: flags.shutdownSendRetryAfter,
        drainMs: flags.requestTimeout,
      },
    }
  },
}

type Settings = Pick<ApiServerSettings, 'hosts' | 'port' | 'tls' | 'advertise' | 'http' | 'connections' | 'shutdown'>

const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']

function chance(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 0.02) return value
  throw new InvalidArgumentError('Give a fraction from 0 to 0.02.')
}

/** As upstream, a pattern has to say where the name of the host begins and ends. */
const origins = (text: string, before: RegExp[] = []): RegExp[] => [
  ...before,
  ...list(text).map((pattern) => {
    if (!/^\^|\/\//.test(pattern) || !/\$|:/.test(pattern.replace(/^[^/]*:\/\//, '')))
      throw new InvalidArgumentError(`${pattern} should begin with ^ or //, and end with $ or a port after a colon.`)
    try {
      return new RegExp(pattern)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }),
]
