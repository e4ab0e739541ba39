import { createPrivateKey, createPublicKey } from 'node:crypto'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { readTokens } from '../../cluster/pki/token-file.ts'
import { type ApiServerSettings, startApiServer } from '../../cluster/processes/api-server.ts'
import { logOf, untilSignal, world } from '../../cluster/processes/component.ts'
import { selfSigned } from '../../cluster/processes/standalone.ts'
import { addressIn } from '../../cluster/settings/addresses.ts'
import { primaryAddress } from '../../cluster/settings/machine.ts'
import { UserError } from '../../cluster/user-error.ts'
import { etcdStore } from '../../store/etcd.ts'
import { lmdbStore } from '../../store/lmdb.ts'
import type { Store } from '../../store/store.ts'
import {
  cidr,
  collect,
  duration,
  exitCodes,
  fileOf,
  ipv4,
  isVerbose,
  list,
  optionalFileOf,
  pairOf,
  port,
  type Verbosity,
  withVerbosity,
} from '../flags.ts'

interface Flags extends Verbosity {
  dataDir?: string
  etcdServers?: string[]
  etcdCafile?: string
  etcdCertfile?: string
  etcdKeyfile?: string
  etcdPrefix: string
  etcdCompactionInterval: number
  securePort: number
  bindAddress: string
  advertiseAddress?: string
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
  clientCaFile?: string
  tokenAuthFile?: string
  serviceAccountIssuer?: string
  serviceAccountKeyFile?: string[]
  serviceAccountSigningKeyFile?: string
  apiAudiences?: string[]
  serviceClusterIpRange: string
  serviceNodePortRange: string
  kubeletClientCertificate?: string
  kubeletClientKey?: string
  kubeletCertificateAuthority?: string
  eventTtl: number
  enableAdmissionPlugins?: string[]
  disableAdmissionPlugins?: string[]
}

export function define(command: Command): void {
  withVerbosity(command)
    .option('--data-dir <dir>', "keep the objects in this folder, in k8ts' own store, instead of etcd")
    .option('--etcd-servers <urls>', 'keep the objects in etcd v3: its members, with commas between', list)
    .option('--etcd-cafile <file>', 'authority of the etcd servers')
    .option('--etcd-certfile <file>', 'client certificate for etcd')
    .option('--etcd-keyfile <file>', 'its key')
    .option('--etcd-prefix <path>', 'before all keys in etcd', '/registry')
    .option('--etcd-compaction-interval <duration>', 'between compactions; 0: never', duration, 300_000)
    .option('--secure-port <port>', 'where it serves HTTPS', port, 6443)
    .option('--bind-address <ip>', 'the address to listen on', ipv4, '0.0.0.0')
    .option('--advertise-address <ip>', 'where pods reach it (default: --bind-address, or that of this machine)', ipv4)
    .option('--tls-cert-file <file>', 'its certificate (default: one that nobody vouches for)')
    .option('--tls-private-key-file <file>', 'its key')
    .option('--client-ca-file <file>', 'who may sign client certificates')
    .option('--token-auth-file <file>', 'known bearer tokens: CSV lines of token, user, uid, "group,group"')
    .option('--service-account-issuer <url>', 'issuer of ServiceAccount tokens')
    .option('--service-account-key-file <file>', 'verifies ServiceAccount tokens (repeatable)', collect)
    .option('--service-account-signing-key-file <file>', 'signs ServiceAccount tokens')
    .option('--api-audiences <names>', 'whom tokens have to be for (default: the issuer)', list)
    .option('--service-cluster-ip-range <cidr>', 'addresses of Services', cidr, '10.96.0.0/16')
    .option('--service-node-port-range <range>', 'node ports of Services', portRange, '30000-32767')
    .option('--kubelet-client-certificate <file>', 'shown to kubelets, for logs and exec')
    .option('--kubelet-client-key <file>', 'its key')
    .option('--kubelet-certificate-authority <file>', "signs kubelets' certificates (default: not verified)")
    .option('--event-ttl <duration>', 'how long Events are kept', duration, 3600_000)
    .option('--enable-admission-plugins <names>', 'besides the default ones', list)
    .option('--disable-admission-plugins <names>', 'of the default ones', list)
    .addHelpText(
      'after',
      `${exitCodes}

Examples:
  k8ts apiserver --data-dir /var/lib/k8ts-api --client-ca-file ca.crt --tls-cert-file api.crt --tls-private-key-file api.key
  k8ts apiserver --etcd-servers https://10.0.0.1:2379,https://10.0.0.2:2379 --etcd-cafile etcd-ca.crt \\
    --etcd-certfile client.crt --etcd-keyfile client.key --client-ca-file ca.crt`,
    )
    .action(async (flags: Flags) => {
      // Everything that can be wrong with the input is found before the store is opened.
      const settings = await settingsOf(flags)
      const store = openStore(flags)
      const api = await startApiServer({ ...settings, store }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES') {
          throw new UserError(`--bind-address ${flags.bindAddress} --secure-port ${flags.securePort}: ${error.message}`)
        }
        throw error
      })
      logOf('apiserver', isVerbose(flags)).info('serving', { address: `${flags.bindAddress}:${flags.securePort}` })
      await untilSignal(() => api.close())
    })
}

async function settingsOf(flags: Flags): Promise<Omit<ApiServerSettings, 'store'>> {
  const { bindAddress, securePort, tokenAuthFile, serviceClusterIpRange } = flags
  if ((flags.dataDir === undefined) === (flags.etcdServers === undefined)) {
    throw new UserError('say where the objects are kept: either --etcd-servers URLS or --data-dir DIR')
  }
  const advertise = flags.advertiseAddress ?? (bindAddress === '0.0.0.0' ? primaryAddress() : bindAddress)
  const serviceIp = addressIn(serviceClusterIpRange, 1)
  const tls =
    pairOf(['--tls-cert-file', flags.tlsCertFile], ['--tls-private-key-file', flags.tlsPrivateKeyFile]) ??
    (await selfSigned('kube-apiserver', [...serviceNames, hostname()], ['127.0.0.1', advertise, serviceIp]))
  const kubeletPair = pairOf(
    ['--kubelet-client-certificate', flags.kubeletClientCertificate],
    ['--kubelet-client-key', flags.kubeletClientKey],
  )
  const kubeletCa = optionalFileOf('--kubelet-certificate-authority', flags.kubeletCertificateAuthority)
  const clientCa = optionalFileOf('--client-ca-file', flags.clientCaFile)
  const { enableAdmissionPlugins: enable, disableAdmissionPlugins: disable } = flags
  return {
    hosts: [bindAddress],
    port: securePort,
    tls,
    ...(clientCa !== undefined && { clientCa }),
    serviceCidr: serviceClusterIpRange,
    nodePortRange: flags.serviceNodePortRange,
    advertise,
    tokens: tokenOptions(flags),
    ...(kubeletPair && { kubeletClient: { ...kubeletPair, ...(kubeletCa !== undefined && { ca: kubeletCa }) } }),
    ...(tokenAuthFile && { authenticate: [readTokens(fileOf('--token-auth-file', tokenAuthFile), tokenAuthFile)] }),
    admission: { ...(enable && { enable: ['NodeRestriction', ...enable] }), ...(disable && { disable }) },
    eventTtlSeconds: Math.ceil(flags.eventTtl / 1000),
    verbose: isVerbose(flags),
  }
}

const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']

function tokenOptions(flags: Flags): ApiServerSettings['tokens'] {
  const { serviceAccountIssuer: issuer, serviceAccountSigningKeyFile: signing, apiAudiences: audiences } = flags
  const keys = flags.serviceAccountKeyFile ?? []
  return {
    ...(issuer !== undefined && { issuer }),
    ...(audiences !== undefined && { audiences }),
    ...(signing !== undefined && { signingKey: privateKeyIn('--service-account-signing-key-file', signing) }),
    verificationKeys: keys.flatMap((file) => publicKeysIn('--service-account-key-file', file)),
  }
}

/** A private key of any PEM form, as PKCS #8. */
function privateKeyIn(flag: string, file: string): string {
  const text = fileOf(flag, file)
  try {
    return createPrivateKey(text).export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch (error) {
    throw new UserError(`${flag} ${file}: it holds no private key (${(error as Error).message})`)
  }
}

/** The public keys of a PEM file, those of certificates and private keys too, as SPKI. */
function publicKeysIn(flag: string, file: string): string[] {
  const blocks = fileOf(flag, file).match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []
  if (blocks.length === 0) throw new UserError(`${flag} ${file}: it holds no key in PEM form`)
  try {
    return blocks.map((block) => createPublicKey(block).export({ type: 'spki', format: 'pem' }).toString())
  } catch (error) {
    throw new UserError(`${flag} ${file}: it holds no public key (${(error as Error).message})`)
  }
}

function openStore(flags: Flags): Store {
  const { dataDir, etcdServers, etcdCafile, etcdPrefix, etcdCompactionInterval } = flags
  const { clock, random } = world
  if (dataDir !== undefined) return lmdbStore({ path: dataDir, clock })
  if (!etcdPrefix.endsWith('/registry')) {
    throw new UserError(`--etcd-prefix ${etcdPrefix}: it has to end with /registry, as the default one does`)
  }
  const pair = pairOf(['--etcd-certfile', flags.etcdCertfile], ['--etcd-keyfile', flags.etcdKeyfile])
  const ca = optionalFileOf('--etcd-cafile', etcdCafile)
  const tls = {
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
    ...(pair && { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) }),
  }
  return etcdStore({
    endpoints: etcdServers ?? [],
    prefix: etcdPrefix.slice(0, -'/registry'.length),
    compactionIntervalMs: etcdCompactionInterval,
    ...(Object.keys(tls).length > 0 && { tls }),
    clock,
    random,
  })
}

function portRange(text: string): string {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (from && to && port(from) <= port(to)) return text
  throw new UserError(`--service-node-port-range ${text}: give a range such as 30000-32767`)
}
