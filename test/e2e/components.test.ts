import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeKubeconfig } from '../../src/cluster/pki/kubeconfig.ts'
import { CertificateAuthority, createSigningKey, type KeyPair } from '../../src/cluster/pki/pki.ts'
import { writeCniConf } from '../../src/runtime/containerd/cni.ts'
import { startContainerd } from '../../src/runtime/containerd/containerd.ts'
import { removeEverything } from '../../src/runtime/containerd/remove.ts'
import { pauseImageName } from '../../src/runtime/image/pause-image.ts'
import { etcdStore } from '../../src/store/etcd.ts'
import { eventually, home, k8ts, kubectls, noContainers, type Ran, run, scratch } from './support.ts'

const folder = scratch('components')
const file = (name: string) => join(folder.dir, name)
const running = new Map<string, ChildProcess>()
const output = new Map<string, string>()
const ports = { etcd: 0, etcdPeer: 0, api: 0, dns: 0 }

const kubectlPath = kubectls('1.33')[0]?.path
const etcd = ['/usr/bin/etcd', '/usr/local/bin/etcd'].find(existsSync)
const missing = !etcd
  ? 'etcd is not installed (Debian: etcd-server)'
  : kubectlPath
    ? undefined
    : 'kubectl is not installed (Debian: kubernetes-client)'
if (missing) process.stderr.write(`components beside etcd: skipped, ${missing}\n`)

function start(name: string, program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { cwd: folder.dir, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => output.set(name, (output.get(name) ?? '') + chunk.toString()))
  }
  running.set(name, child)
  return child
}

/** The launcher replaces itself by Node, so that the child's pid is the component's. */
const component = (name: string, args: string[], as = name) => start(as, join(home, 'k8ts'), [name, ...args])

/** How a process ended. */
async function end(name: string, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  const child = running.get(name)
  if (!child) return null
  running.delete(name)
  if (child.exitCode !== null) return child.exitCode
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, by) => resolve(by ?? code)),
  )
  child.kill(signal)
  return exited
}

const kubectl = (...args: string[]): Promise<Ran> =>
  run(kubectlPath ?? 'kubectl', ['--kubeconfig', file('admin.conf'), ...args])

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const found = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return found
}

async function makeCredentials(): Promise<void> {
  const now = Date.now()
  const ca = await CertificateAuthority.create('test', now)
  const store = (name: string, pair: KeyPair) => {
    writeFileSync(file(`${name}.crt`), pair.cert)
    writeFileSync(file(`${name}.key`), pair.key, { mode: 0o600 })
  }
  store('ca', ca.pair)
  store('api', await ca.issue({ commonName: 'kube-apiserver', ips: ['127.0.0.1'], usage: ['server'] }, now))
  const keys = await createSigningKey()
  writeFileSync(file('sa.key'), keys.privateKey, { mode: 0o600 })
  writeFileSync(file('sa.pub'), keys.publicKey)
  const people: [string, string, string[]][] = [
    ['admin', 'kubernetes-admin', ['system:masters']],
    ['controller-manager', 'system:kube-controller-manager', []],
    ['scheduler', 'system:kube-scheduler', []],
    ['proxy', 'system:kube-proxy', []],
    ['kubelet', 'system:node:stone', ['system:nodes']],
  ]
  for (const [name, commonName, organizations] of people) {
    const client = await ca.issue({ commonName, organizations, usage: ['client'] }, now)
    const server = `https://127.0.0.1:${ports.api}`
    writeKubeconfig(file(`${name}.conf`), { name: 'test', server, ca: ca.pair.cert, client })
  }
}

function startApiserver(): void {
  component('apiserver', [
    ...['--etcd-servers', `http://127.0.0.1:${ports.etcd}`, '--secure-port', String(ports.api)],
    ...['--bind-address', '127.0.0.1', '--client-ca-file', 'ca.crt'],
    ...['--tls-cert-file', 'api.crt', '--tls-private-key-file', 'api.key'],
    ...['--service-account-issuer', 'https://test.example', '--service-account-key-file', 'sa.pub'],
    ...['--service-account-signing-key-file', 'sa.key', '--service-cluster-ip-range', '10.199.0.0/16'],
    ...['--token-auth-file', 'tokens.csv'],
  ])
}

const ready = () =>
  eventually('/readyz', async () => (await kubectl('get', '--raw', '/readyz')).stdout === 'ok').catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${output.get('apiserver')}`)
    },
  )

describe.skipIf(missing !== undefined)('components beside etcd', () => {
  beforeAll(async () => {
    const [etcdPort = 0, peer = 0, api = 0, dns = 0] = await freePorts(4)
    Object.assign(ports, { etcd: etcdPort, etcdPeer: peer, api, dns })
    await makeCredentials()
    writeFileSync(file('tokens.csv'), 'sesame,alibaba,1,"system:masters,thieves"\n')
    const [client, peers] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`]
    start('etcd', etcd ?? '', [
      ...['--data-dir', file('etcd'), '--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`],
    ])
    startApiserver()
    await ready()
  })

  afterAll(async () => {
    for (const name of [...running.keys()].reverse()) await end(name, 'SIGKILL')
    folder.remove()
  })

  test('a deployment becomes pods, and pods get a node', async () => {
    for (const name of ['controller-manager', 'scheduler']) {
      const own = ['--root-ca-file', 'ca.crt', '--use-service-account-credentials']
      const more = name === 'scheduler' ? [] : own
      component(name, ['--kubeconfig', `${name}.conf`, '--leader-elect', ...more])
    }
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'paper' },
      status: {
        capacity: { cpu: '4', memory: '8Gi', pods: '110' },
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'Told', lastHeartbeatTime: new Date().toISOString() }],
      },
    }
    writeFileSync(file('node.json'), JSON.stringify(node))
    expect((await kubectl('create', '-f', file('node.json'))).stderr).toBe('')
    expect((await kubectl('create', 'deployment', 'web', '--image=web:1', '--replicas=3')).stdout).toContain('created')
    const nodes = await eventually('three pods bound', async () => {
      const { stdout } = await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')
      return stdout.split(' ').length === 3 && stdout
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${[...output].map(([name, text]) => `${name}:\n${text}`).join('\n')}`)
    })
    expect(nodes).toBe('paper paper paper')
    const roots = await eventually('the root certificates', async () => {
      return (await kubectl('get', 'configmap', 'kube-root-ca.crt', '-o', 'jsonpath={.data.ca\\.crt}')).stdout
    })
    expect(roots).toContain('BEGIN CERTIFICATE')
  })

  test('they hold the leases that upstream holds', async () => {
    const { stdout } = await kubectl('get', 'leases', '-n', 'kube-system', '-o', 'name')
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'lease.coordination.k8s.io/kube-controller-manager',
        'lease.coordination.k8s.io/kube-scheduler',
      ]),
    )
  })

  test('keys in etcd are where upstream has them', async () => {
    const store = etcdStore({ endpoints: [`http://127.0.0.1:${ports.etcd}`], compactionIntervalMs: 0 })
    const entry = await store.get('/registry/deployments/default/web')
    await store.close()
    expect(JSON.parse(Buffer.from(entry?.value ?? '{}').toString())).toMatchObject({ metadata: { name: 'web' } })
  })

  test('a bearer token of the token file is known, another is not', async () => {
    const asks = (token: string) =>
      run(kubectlPath ?? 'kubectl', [
        ...['--server', `https://127.0.0.1:${ports.api}`, '--certificate-authority', file('ca.crt')],
        ...['--token', token, '--kubeconfig', '/dev/null', 'get', 'namespaces', '-o', 'name'],
      ])
    expect((await asks('sesame')).stdout).toContain('namespace/kube-system')
    expect((await asks('cesame')).code).toBe(1)
  })

  test('after kill -9 of the API server everything is there, and all goes on', async () => {
    await kubectl('create', 'configmap', 'note', '--from-literal=text=here')
    const before = await kubectl('get', 'pods', '-o', 'name')
    await end('apiserver', 'SIGKILL')
    startApiserver()
    await ready()
    expect((await kubectl('get', 'configmap', 'note', '-o', 'jsonpath={.data.text}')).stdout).toBe('here')
    expect((await kubectl('get', 'pods', '-o', 'name')).stdout).toBe(before.stdout)
    await kubectl('scale', 'deployment', 'web', '--replicas=5')
    await eventually('five pods bound', async () => {
      const { stdout } = await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')
      return stdout.split(' ').length === 5
    })
  })

  test('a second controller manager takes over when the first one ends', async () => {
    component(
      'controller-manager',
      ['--kubeconfig', 'controller-manager.conf', '--use-service-account-credentials'],
      'second',
    )
    expect(await end('controller-manager', 'SIGTERM')).toBe(0)
    await kubectl('scale', 'deployment', 'web', '--replicas=7')
    await eventually('seven pods', async () => {
      const { stdout } = await kubectl('get', 'pods', '-o', 'name')
      return stdout.trim().split('\n').length === 7
    })
  })

  test('the DNS answers for Services', async () => {
    component('dns', ['--kubeconfig', 'admin.conf', '--listen', `127.0.0.1:${ports.dns}`, '--upstream', '127.0.0.1:1'])
    const resolver = new (await import('node:dns')).promises.Resolver({ timeout: 1000, tries: 1 })
    resolver.setServers([`127.0.0.1:${ports.dns}`])
    const found = await eventually('the address of the kubernetes Service', () =>
      resolver.resolve4('kubernetes.default.svc.cluster.local'),
    )
    expect(found).toEqual(['10.199.0.1'])
    expect(await end('dns', 'SIGTERM')).toBe(0)
  })

  test.skipIf(noContainers !== undefined)('the proxy routes, restores its table, leaves it when it ends', async () => {
    const table = `k8ts-test-${process.pid}`
    const listed = async () => (await run('nft', ['list', 'table', 'ip', table])).stdout
    const routed = async () => (await listed()).includes('10.199.0.1 . tcp . 443')
    component('proxy', [
      ...['--kubeconfig', 'proxy.conf', '--cluster-cidr', '10.198.0.0/16', '--service-cidr', '10.199.0.0/16'],
      ...['--nft-table', table, '--hostname-override', 'paper', '--nftables-sync-period', '200ms'],
    ])
    try {
      await eventually('the kubernetes Service is routed', routed, 20_000)
      expect((await run('nft', ['delete', 'table', 'ip', table])).code).toBe(0)
      await eventually('the table is back', routed, 20_000)
      expect(await end('proxy', 'SIGTERM')).toBe(0)
      expect(await routed()).toBe(true)
    } finally {
      expect((await k8ts(['proxy', '--cleanup', '--nft-table', table])).code).toBe(0)
    }
    expect(await listed()).toBe('')
  })

  test.skipIf(noContainers !== undefined)('the kubelet registers its node and runs a static pod', async () => {
    const name = `k8ts-test-${process.pid}`
    const cni = { dir: file('cni'), name, bridge: `t${process.pid}` }
    const place = { root: file('c'), state: file('s'), socket: file('s/c.sock'), cniConf: cni.dir, log: file('c.log') }
    writeCniConf({ ...cni, podCidr: '10.198.7.0/24' })
    await startContainerd(place)
    try {
      mkdirSync(file('static'))
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'still', namespace: 'default' },
        spec: { containers: [{ name: 'still', image: pauseImageName, imagePullPolicy: 'Never' }] },
      }
      writeFileSync(file('static/still.json'), JSON.stringify(pod))
      const [port] = await freePorts(1)
      component('kubelet', [
        ...['--kubeconfig', 'kubelet.conf', '--hostname-override', 'stone', '--root-dir', file('kubelet')],
        ...['--container-runtime-endpoint', `unix://${place.socket}`, '--pod-manifest-path', file('static')],
        ...['--client-ca-file', 'ca.crt', '--address', '127.0.0.1', '--node-ip', '127.0.0.1', '--port', String(port)],
        ...[
          '--cgroup-root',
          `/${name}`,
          '--node-labels',
          'kind=hard',
          '--register-with-taints',
          'only=static:NoSchedule',
        ],
        ...['--kube-reserved', 'cpu=100m', '--system-reserved', 'cpu=150m', '--container-log-max-size', '1Mi'],
      ])
      await eventually('the pod runs', async () => {
        const { stdout } = await kubectl('get', 'pod', 'still-stone', '-o', 'jsonpath={.status.phase}')
        return stdout === 'Running'
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${output.get('kubelet')}`)
      })
      const { stdout } = await kubectl(
        'get',
        'node',
        'stone',
        '-o',
        'jsonpath={.metadata.labels.kind} {.spec.taints[?(@.key=="only")].effect} {.status.capacity.cpu} {.status.allocatable.cpu}',
      )
      const [, cpus] = /^hard NoSchedule (\d+) \d+m$/.exec(stdout) ?? []
      expect(stdout).toBe(`hard NoSchedule ${cpus} ${Number(cpus) * 1000 - 250}m`)
      expect(await end('kubelet', 'SIGTERM')).toBe(0)
    } finally {
      await end('kubelet', 'SIGKILL')
      await removeEverything({ ...place, cni, cgroupParent: `/${name}`, graceSeconds: 1, purge: true })
    }
  })

  test('each ends in good order', async () => {
    for (const name of ['scheduler', 'second', 'apiserver'])
      expect([name, await end(name, 'SIGTERM')]).toEqual([name, 0])
  })
})

describe('what users get wrong', () => {
  const cases: { args: string[]; says: string }[] = [
    { args: ['apiserver', '--etcd-server=http://127.0.0.1:2379'], says: '(Did you mean --etcd-servers?)' },
    { args: ['apiserver', '--service-cluster-ip-rang=x'], says: '(Did you mean --service-cluster-ip-range?)' },
    { args: ['kubelet', '--node-label=a=b'], says: '(Did you mean --node-labels?)' },
    { args: ['scheduler', '--leader-elec'], says: '(Did you mean --leader-elect?)' },
    { args: ['apiserver', '--service-cluster-ip=x'], says: '(Did you mean --service-cluster-ip-range?)' },
    { args: ['scheduler', 'now'], says: 'too many arguments' },
    { args: ['apiserver'], says: 'either --etcd-servers URLS or --data-dir DIR' },
    { args: ['apiserver', '--data-dir=a', '--etcd-servers=b'], says: 'either --etcd-servers URLS or --data-dir DIR' },
    {
      args: ['apiserver', '--data-dir=a', '--client-ca-file=/nope'],
      says: '--client-ca-file /nope: there is no such file',
    },
    { args: ['apiserver', '--data-dir=a', '--tls-cert-file=/dev/null'], says: '--tls-private-key-file is missing' },
    { args: ['apiserver', '--data-dir=a', '--secure-port=70000'], says: 'Give a whole number from 1 to 65535' },
    { args: ['apiserver', '--data-dir=a', '--event-ttl=1'], says: 'Give a duration' },
    {
      args: ['apiserver', '--data-dir=a', '--service-account-key-file=/dev/null'],
      says: '--service-account-key-file /dev/null: it holds no key in PEM form',
    },
    { args: ['controller-manager', '--kubeconfig=/nope'], says: '--kubeconfig /nope' },
    { args: ['kubelet', '--register-with-taints=x'], says: 'Give key=value:Effect' },
    { args: ['kubelet', '--kube-reserved=cpu=lots'], says: 'Give an amount such as 100m or 200Mi, not "lots".' },
    { args: ['kubelet', '--container-log-max-files=1'], says: 'Give a whole number from 2 to' },
    { args: ['kubelet', '--image-gc-low-threshold=90'], says: '--image-gc-low-threshold has to be below' },
    { args: ['proxy', '--kubeconfig=/nope'], says: '--cluster-cidr is needed' },
    { args: ['dns', '--listen=example'], says: '--listen example: give an address and a port' },
  ]
  test.each(cases)('k8ts $args', async ({ args, says }) => {
    const { code, stderr, stdout } = await k8ts(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
  })

  test.each(['apiserver', 'controller-manager', 'scheduler', 'kubelet', 'proxy', 'dns'])(
    '%s --help has examples',
    async (name) => {
      const { code, stdout } = await k8ts([name, '--help'])
      expect(code).toBe(0)
      expect(stdout).toContain(`Examples:\n  k8ts ${name} `)
      expect(stdout).toContain('Exit codes:')
      // Not a number of milliseconds, which the flag would refuse.
      expect(stdout).not.toMatch(/<duration>((?!\n +-)[^(])*\(default:\s+\d+\)/)
    },
  )
})
