import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { dnsUser } from '../../addons/dns/service.ts'
import { addressIn } from '../settings/addresses.ts'
import { pathsOf } from '../settings/paths.ts'
import type { Settings } from '../settings/settings.ts'
import { expiryOf, type KeyPair, keyPairIn } from './key-pair.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { CertificateAuthority, CertificateRequest } from './pki.ts'

/** The secrets by which a cluster's parts authenticate each other. */
export interface Credentials {
  ca: string
  /** The API server's own certificate. */
  apiServer: KeyPair
  /** The API server's client certificate for kubelets. */
  kubeletClient: KeyPair
  /** Authority of the front proxies of aggregated API servers. */
  frontProxyCa: string
  /** The API server's certificate as such a proxy. */
  frontProxyClient: KeyPair
  /** The kubelet's: its identity towards the API server, and its server certificate. */
  kubelet: KeyPair
  proxy: KeyPair
  dns: KeyPair
  controllerManager: KeyPair
  scheduler: KeyPair
  admin: KeyPair
  serviceAccountKey: string
  serviceAccountPublicKey: string
}

/**
 * Reads a cluster's credentials, making those that are missing or end within 30 days, and writes the administrator's
 * kubeconfig. Group and user names are upstream's, so that its components could take any part's place.
 */
export async function credentialsOf(settings: Settings, now: number): Promise<Credentials> {
  const { pki, adminKubeconfig } = pathsOf(settings.dataDir)
  const [main, frontProxy] = await Promise.all([
    authorityIn(pki, 'ca', `k8ts ${settings.name}`, now),
    authorityIn(pki, 'front-proxy-ca', 'front-proxy-ca', now),
  ])
  const { nodeName, nodeIp } = settings
  const issue = (name: string, request: CertificateRequest, { sign } = main) => {
    const file = join(pki, `${name}.crt`)
    const fresh = existsSync(file) && expiryOf(readFileSync(file, 'utf8')) > now + 30 * 24 * 3600_000
    return fresh ? keyPairIn(pki, name, () => sign(request)) : sign(request).then((pair) => store(pki, name, pair))
  }
  const client = (commonName: string, ...organizations: string[]) => ({
    commonName,
    organizations,
    usage: ['client' as const],
  })
  const services = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  const [
    apiServer,
    kubeletClient,
    frontProxyClient,
    kubelet,
    proxy,
    dns,
    controllerManager,
    scheduler,
    admin,
    signing,
  ] = await Promise.all([
    issue('apiserver', {
      commonName: 'kube-apiserver',
      dnsNames: [...services, 'localhost', hostname().toLowerCase()],
      ips: [
        ...new Set([
          '127.0.0.1',
          '::1',
          nodeIp,
          addressIn(settings.serviceCidr, 1),
          addressIn(settings.nodePodCidr, 1),
          ...(/[a-z]/.test(settings.listen) || settings.listen === '0.0.0.0' ? [] : [settings.listen]),
        ]),
      ],
      usage: ['server'],
    }),
    issue('apiserver-kubelet-client', client('kube-apiserver-kubelet-client', 'system:masters')),
    issue('front-proxy-client', client('front-proxy-client'), frontProxy),
    issue('kubelet', {
      commonName: `system:node:${nodeName}`,
      organizations: ['system:nodes'],
      dnsNames: [nodeName],
      ips: [...new Set([nodeIp, '127.0.0.1'])],
      usage: ['client', 'server'],
    }),
    issue('proxy', client('system:kube-proxy')),
    issue('dns', client(dnsUser)),
    issue('controller-manager', client('system:kube-controller-manager')),
    issue('scheduler', client('system:kube-scheduler')),
    issue('admin', client('kubernetes-admin', 'system:masters')),
    signingKeyIn(pki),
  ])
  const server = `https://127.0.0.1:${settings.apiPort}`
  writeKubeconfig(adminKubeconfig, { name: settings.name, server, ca: main.cert, client: admin })
  return {
    ca: main.cert,
    apiServer,
    kubeletClient,
    frontProxyCa: frontProxy.cert,
    frontProxyClient,
    kubelet,
    proxy,
    dns,
    controllerManager,
    scheduler,
    admin,
    serviceAccountKey: signing.privateKey,
    serviceAccountPublicKey: signing.publicKey,
  }
}

interface Authority {
  /** PEM */
  cert: string
  sign(request: CertificateRequest): Promise<KeyPair>
}

/** The authority whose key pair is there under this name, or a new one. */
async function authorityIn(pki: string, name: string, commonName: string, now: number): Promise<Authority> {
  let authority: Promise<CertificateAuthority> | undefined
  const pair = await keyPairIn(pki, name, async () => {
    const { CertificateAuthority } = await certificates()
    authority = CertificateAuthority.create(commonName, now)
    return (await authority).pair
  })
  return {
    cert: pair.cert,
    async sign(request) {
      authority ??= certificates().then(({ CertificateAuthority }) => CertificateAuthority.load(pair))
      return (await authority).issue(request, now)
    },
  }
}

/** Most starts find all certificates: load the code that makes them only if one is missing. */
const certificates = () => import('./pki.ts')

function store(dir: string, name: string, pair: KeyPair): KeyPair {
  writeFileSync(join(dir, `${name}.key`), pair.key, { mode: 0o600 })
  writeFileSync(join(dir, `${name}.crt`), pair.cert)
  return pair
}

async function signingKeyIn(dir: string): Promise<{ privateKey: string; publicKey: string }> {
  const files = { key: join(dir, 'service-account.key'), pub: join(dir, 'service-account.pub') }
  if (existsSync(files.key) && existsSync(files.pub)) {
    return { privateKey: readFileSync(files.key, 'utf8'), publicKey: readFileSync(files.pub, 'utf8') }
  }
  const { createSigningKey } = await certificates()
  const pair = await createSigningKey()
  writeFileSync(files.key, pair.privateKey, { mode: 0o600 })
  writeFileSync(files.pub, pair.publicKey)
  return pair
}
