import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, k8ts, kubectls, noContainers, run, scratch, traces } from './support.ts'

/** Two clusters with real containers on one machine, with the same manifests, and what stopping them leaves. */
if (noContainers) console.warn(`real containers: skipped, ${noContainers}`)
const folder = scratch('clusters')
const env = { HOME: join(folder.dir, 'home'), KUBECONFIG: '' }
const manifests = join(folder.dir, 'manifests')
const kubectlPath = kubectls('1.33')[0]?.path

const images = `
images:
  - { name: tools:1, bin: [/bin/busybox, /usr/bin/curl], packages: [busybox-static, curl] }
`
const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: tools:1
          command: [sh, -c, 'mkdir /web; echo $(CLUSTER_IP) > /web/index.html; exec httpd -f -p 8080 -h /web']
          env: [{ name: CLUSTER_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

function cluster(name: string) {
  const dataDir = join(folder.dir, name)
  const options = ['--name', name, '--data-dir', dataDir]
  const file = (path: string) => join(dataDir, path)
  const kubectl = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(kubectlPath ?? 'kubectl', [
      '--kubeconfig',
      file('kubeconfig/admin.conf'),
      ...args,
    ])
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const pods = async () => (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n')
  return {
    dataDir,
    kubectl,
    call: (command: string, ...args: string[]) => k8ts([...command.split(' '), ...options, ...args], { env }),
    up: (...args: string[]) => k8ts(['up', ...options, '--detach', '--timeout', '90', ...args], { env }),
    pid: (process: string): number => JSON.parse(readFileSync(file(`run/${process}.json`), 'utf8')).pid,
    settings: () => JSON.parse(readFileSync(file('cluster.json'), 'utf8')),
    containers: async () =>
      (
        await kubectl(
          'get',
          'pods',
          '-l',
          'app=web',
          '-o',
          'jsonpath={.items[*].status.containerStatuses[0].containerID}',
        )
      )
        .split(' ')
        .sort(),
    /** What the Service answers to a pod, after its name was asked for. */
    async serves() {
      const [pod = ''] = await pods()
      const ip = await kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')
      const names = await kubectl('exec', pod, '--', 'nslookup', 'web.default.svc.cluster.local')
      expect(names).toContain(`Address: ${ip}`)
      return (await kubectl('exec', pod, '--', 'curl', '-s', '-m', '5', 'http://web')).trim()
    },
    ready: () =>
      eventually('both pods are ready again', async () => {
        const ready = await kubectl(
          'get',
          'pods',
          '-l',
          'app=web',
          '-o',
          'jsonpath={.items[*].status.containerStatuses[0].ready}',
        )
        return ready === 'true true'
      }),
  }
}

const cgroups = (name: string) =>
  run('sh', ['-c', `ls -d /sys/fs/cgroup/${name} /sys/fs/cgroup/*/${name} 2>/dev/null`]).then(({ stdout }) => stdout)

describe.skipIf(noContainers)('two clusters', () => {
  const [a, b] = [cluster('e2e-a'), cluster('e2e-b')]
  const nothingLeft = async ({ dataDir }: typeof a, name: string) => {
    for (const trace of [`${dataDir}/`, `k8ts-${name}`])
      await eventually(`nothing of ${trace} is left`, async () => traces(trace).length === 0, 10_000)
    expect(await cgroups(`k8ts-${name}`)).toBe('')
  }

  beforeAll(async () => {
    for (const dir of [env.HOME, manifests]) mkdirSync(dir)
    writeFileSync(join(manifests, 'k8ts.config'), images)
    writeFileSync(join(manifests, 'web.yaml'), web)
    for (const one of [a, b]) {
      const { code, stderr } = await one.up(manifests)
      expect(code, stderr).toBe(0)
    }
  })
  afterAll(async () => {
    for (const one of [a, b]) await one.call('down', '--purge')
    folder.remove()
  })

  test('have their own ports, ranges, bridge, table and cgroup', () => {
    const [one, other] = [a.settings(), b.settings()]
    for (const key of ['apiPort', 'kubeletPort', 'podCidr', 'serviceCidr', 'bridge', 'nftTable', 'cgroup'])
      expect([key, one[key]]).not.toEqual([key, other[key]])
  })

  test('work at the same time: Service, DNS, exec, logs', async () => {
    for (const one of [a, b]) {
      const range = one.settings().podCidr.replace(/0\.0\/16$/, '')
      await eventually('the Service answers', async () => (await one.serves()).startsWith(range), 20_000)
      const { stdout } = await one.call('logs', 'kubelet')
      expect(stdout).toContain(' kubelet: ')
    }
  })

  test('images: packed into a file, loaded from it and from a folder, listed', async () => {
    const file = join(folder.dir, 'more.tar')
    const unpacked = join(folder.dir, 'more')
    mkdirSync(unpacked)
    const packed = await a.call('image pack', 'more:1', '--bin', '/bin/busybox', '--env', 'A=b', '--file', file)
    expect(packed.code, packed.stderr).toBe(0)
    await run('tar', ['-xf', file, '-C', unpacked])
    for (const source of [file, unpacked]) {
      const { code, stdout, stderr } = await a.call('image load', source, '-o', 'json')
      expect(code, stderr).toBe(0)
      expect(JSON.parse(stdout).names).toEqual(['docker.io/library/more:1'])
    }
    expect((await a.call('image list')).stdout).toMatch(/more:1 +\w{12} +\d+\.\d MiB/)
    expect((await b.call('image list')).stdout).not.toContain('more:1')
    for (const [args, says] of [
      [['image load', '/nope.tar'], 'nope.tar'],
      [['image pack', 'x:1'], '--rootfs DIR, --app DIR or --bin PROGRAM'],
      [['image pack', 'x:1', '--bin', '/nope'], '/nope'],
      [['image pack', 'x:1', '--rootfs', '/nope'], '/nope'],
      [['image pack', 'x:1', '--bin', '/bin/busybox', '--port', 'x'], 'port'],
      [['image pack', 'x:1', '--bin', '/bin/busybox', '--cmd', '[1'], 'cmd'],
    ] as [[string, ...string[]], string][]) {
      const { code, stderr } = await a.call(...args)
      expect([args, code, stderr]).toEqual([args, 1, expect.stringContaining(says)])
      expect(stderr).not.toMatch(/^\s+at /m)
    }
  })

  test('after kill -9 of the supervisor, up takes the containers over', async () => {
    const before = await a.containers()
    process.kill(a.pid('supervisor'), 'SIGKILL')
    const { code, stderr } = await a.up()
    expect(code, stderr).toBe(0)
    await a.ready()
    expect(await a.containers()).toEqual(before)
  })

  test('down of one leaves nothing of it but its data, and the other alone', async () => {
    expect((await a.call('down')).code).toBe(0)
    await nothingLeft(a, 'e2e-a')
    expect(existsSync(join(a.dataDir, 'store'))).toBe(true)
    expect((await a.call('status')).code).toBe(3)
    await b.serves()
  })

  test('up goes on where it was: objects, images and pods are back', async () => {
    const { code, stderr } = await a.up()
    expect(code, stderr).toBe(0)
    await a.ready()
    await eventually('the Service answers', async () => await a.serves(), 20_000)
  })

  test('down --purge after kill -9 of every process leaves nothing', async () => {
    for (const name of ['supervisor', 'control-plane', 'node-agent', 'containerd']) process.kill(a.pid(name), 'SIGKILL')
    expect((await a.call('down', '--purge')).code).toBe(0)
    await nothingLeft(a, 'e2e-a')
    expect(existsSync(a.dataDir)).toBe(false)
  })

  test('down --purge while pods terminate leaves nothing', async () => {
    await b.kubectl('delete', 'deployment', 'web', '--wait=false')
    expect((await b.call('down', '--purge')).code).toBe(0)
    await nothingLeft(b, 'e2e-b')
    expect((await b.call('down', '--purge')).stderr).toContain('there is no cluster "e2e-b"')
  })
})
