import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Container, ContainerStatus, Pod, PodSpec } from '../../src/api/core/v1/index.ts'
import { containerCluster, eventually, kubectls, noContainers, run } from './support.ts'

/** What the node promises to a pod, looked at with kubectl and from inside real containers. */
describe.skipIf(noContainers)('pods', () => {
  const cluster = containerCluster('pods')
  const { k, tryKubectl, exec, apply } = cluster
  const hostFolder = join(cluster.folder, 'host')
  const running: ReturnType<typeof spawn>[] = []

  const podOf = (name: string, script: string, container: Partial<Container> = {}, spec: Partial<PodSpec> = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'box:1', command: ['sh', '-c', script], ...container }],
      ...spec,
    },
  })
  const asleep = 'trap exit TERM; sleep 1000000 & wait'
  const get = async (name: string): Promise<Pod> => JSON.parse(await k(`get pod ${name} -o json`))
  const main = (pod: Pod, name = 'main'): ContainerStatus | undefined =>
    pod.status?.containerStatuses?.find((c) => c.name === name)
  const until = (name: string, what: string, check: (pod: Pod) => unknown, ms = 60_000) =>
    eventually(
      `pod ${name}: ${what}`,
      async () => {
        const pod = await get(name)
        if (check(pod)) return pod
        throw new Error(`its status is ${JSON.stringify(pod.status)}`)
      },
      ms,
    )
  const ready = (...names: string[]) =>
    k(`wait --for=condition=Ready --timeout=60s ${names.map((n) => `pod/${n}`).join(' ')}`)
  const clusterIpOf = (service: string, namespace = 'default') =>
    k(`get service ${service} -n ${namespace} -o jsonpath={.spec.clusterIP}`)
  const eventsOf = async (name: string): Promise<string> =>
    k(`get events --field-selector involvedObject.name=${name} -o`, [
      'jsonpath={range .items[*]}{.type} {.reason}: {.message}{"\\n"}{end}',
    ])
  const follow = (...args: string[]) => {
    const child = spawn(kubectls('1.33')[0]?.path ?? 'kubectl', ['--kubeconfig', cluster.kubeconfig, ...args])
    running.push(child)
    const seen = { text: '', child }
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        seen.text += chunk
      })
    return seen
  }

  beforeAll(async () => {
    mkdirSync(hostFolder, { recursive: true })
    writeFileSync(join(hostFolder, 'given'), 'by the host')
    const app = join(cluster.folder, 'grpc')
    mkdirSync(app)
    writeFileSync(join(app, 'server.mjs'), grpcServer)
    await cluster.up()
    await Promise.all([cluster.pack('box:1', '--bin', '/bin/busybox'), cluster.pack('node:1', '--app', app)])
  })
  afterAll(async () => {
    for (const child of running) child.kill()
    await cluster.down()
  })

  describe('what a container sees', () => {
    beforeAll(async () => {
      await apply([
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { color: 'red', 'a.txt': 'one' } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sec' }, stringData: { pass: 'hush' } },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'db-main' },
          spec: { ports: [{ name: 'sql', port: 5432 }] },
        },
      ])
      const volumeMounts = [
        { name: 'disk', mountPath: '/disk' },
        { name: 'memory', mountPath: '/memory' },
      ]
      const full = podOf(
        'full',
        asleep,
        {
          args: ['unused', '$(GREETING)'],
          env: [
            { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
            { name: 'PASS', valueFrom: { secretKeyRef: { name: 'sec', key: 'pass' } } },
            { name: 'MAYBE', valueFrom: { configMapKeyRef: { name: 'none', key: 'x', optional: true } } },
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
            { name: 'UID_', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            { name: 'ACCOUNT', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
            { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
            { name: 'ASKED', valueFrom: { resourceFieldRef: { resource: 'requests.cpu' } } },
            { name: 'GREETING', value: 'hello $(NAME) $(NOBODY) $$(NAME)' },
          ],
          envFrom: [{ configMapRef: { name: 'conf' } }, { prefix: 'S_', secretRef: { name: 'sec' } }],
          resources: { requests: { cpu: '50m', memory: '16Mi' }, limits: { cpu: '250m', memory: '64Mi' } },
          volumeMounts: [
            ...volumeMounts,
            { name: 'host', mountPath: '/host' },
            { name: 'conf', mountPath: '/conf' },
            { name: 'conf', mountPath: '/sub/a', subPath: 'a.txt' },
            { name: 'disk', mountPath: '/expr', subPathExpr: 'of-$(NAME)' },
            { name: 'sec', mountPath: '/sec' },
            { name: 'info', mountPath: '/info' },
            { name: 'all', mountPath: '/all', readOnly: true },
          ],
        },
        {
          hostname: 'here',
          subdomain: 'group',
          hostAliases: [{ ip: '10.9.8.7', hostnames: ['alias.example', 'alias'] }],
          dnsConfig: {
            nameservers: ['9.9.9.9'],
            searches: ['extra.example'],
            options: [{ name: 'timeout', value: '3' }],
          },
          securityContext: { fsGroup: 2000, supplementalGroups: [3000] },
          volumes: [
            { name: 'disk', emptyDir: {} },
            { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } },
            { name: 'host', hostPath: { path: hostFolder, type: 'Directory' } },
            { name: 'conf', configMap: { name: 'conf', defaultMode: 0o640 } },
            { name: 'sec', secret: { secretName: 'sec', items: [{ key: 'pass', path: 'deep/er', mode: 0o400 }] } },
            {
              name: 'info',
              downwardAPI: {
                items: [
                  { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                  { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
                ],
              },
            },
            {
              name: 'all',
              projected: {
                sources: [
                  { configMap: { name: 'conf', items: [{ key: 'color', path: 'conf/color' }] } },
                  { secret: { name: 'sec' } },
                  { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
                  { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } },
                ],
              },
            },
          ],
        },
      )
      full.spec.containers.push({
        name: 'other',
        image: 'box:1',
        command: ['sh', '-c', asleep],
        volumeMounts,
      } as (typeof full.spec.containers)[0])
      await apply([
        full,
        podOf(
          'locked',
          asleep,
          {
            securityContext: {
              runAsUser: 1000,
              runAsGroup: 1001,
              readOnlyRootFilesystem: true,
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
            },
          },
          { securityContext: { runAsNonRoot: true }, enableServiceLinks: false, automountServiceAccountToken: false },
        ),
        podOf('as-root', asleep, { securityContext: { runAsNonRoot: true } }),
        podOf('unset', asleep, { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'absent', key: 'a' } } }] }),
        podOf(
          'guaranteed',
          asleep,
          { resources: { limits: { cpu: '100m', memory: '32Mi' } } },
          { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
        ),
        podOf('plain', asleep, {}, { dnsPolicy: 'Default', hostPID: true }),
      ])
      await ready('full', 'locked', 'guaranteed', 'plain')
    })

    test('environment', async () => {
      const pod = await get('full')
      const db = await clusterIpOf('db-main')
      const env = Object.fromEntries(
        (await exec('full', 'env'))
          .trim()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
      expect(env).toMatchObject({
        COLOR: 'red',
        PASS: 'hush',
        NAME: 'full',
        LABEL: 'full',
        UID_: pod.metadata?.uid,
        NODE: pod.spec?.nodeName,
        ACCOUNT: 'default',
        POD_IP: pod.status?.podIP,
        HOST_IP: pod.status?.hostIP,
        CPU: '250',
        MEMORY: '64',
        ASKED: '1',
        GREETING: 'hello full $(NOBODY) $(NAME)',
        color: 'red',
        S_pass: 'hush',
        HOSTNAME: 'here',
        KUBERNETES_SERVICE_HOST: expect.stringMatching(/\.0\.1$/),
        KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
        DB_MAIN_SERVICE_HOST: db,
        DB_MAIN_SERVICE_PORT_SQL: '5432',
        DB_MAIN_PORT_5432_TCP: `tcp://${db}:5432`,
      })
      expect(env).not.toHaveProperty('MAYBE')
      const locked = await exec('locked', 'env')
      expect(locked).not.toContain('DB_MAIN')
      expect(locked).toContain('KUBERNETES_SERVICE_HOST')
    })

    test('volumes', async () => {
      await exec('full', 'echo disk > /disk/f; echo memory > /memory/f; echo back > /host/back; echo e > /expr/f')
      expect(await k('exec full -c other -- sh -c', ['cat /disk/f /memory/f; ls /disk'])).toBe(
        'disk\nmemory\nf\nof-full\n',
      )
      expect(readFileSync(join(hostFolder, 'back'), 'utf8')).toBe('back\n')
      const script = [
        'cat /host/given; echo; cat /conf/a.txt; echo; cat /sub/a; echo; cat /sec/deep/er; echo',
        'cat /info/labels /info/cpu; echo; cat /all/conf/color /all/pass /all/name; echo; cut -d. -f1 /all/token | head -c 5; echo',
        'stat -L -c "%a %u:%g" /disk /conf/a.txt /sec/deep/er; awk \'$2=="/memory"{print $3,$4}\' /proc/mounts',
        'touch /all/x 2>&1; id -G',
        'ls /var/run/secrets/kubernetes.io/serviceaccount',
      ].join('\n')
      expect((await exec('full', script)).trim().split('\n')).toEqual([
        'by the host',
        'one',
        'one',
        'hush',
        'app="full"250',
        'redhushfull',
        'eyJhb',
        '2777 0:2000',
        '640 0:2000',
        '440 0:2000',
        expect.stringMatching(/^tmpfs rw.*size=2048k/),
        'touch: /all/x: Read-only file system',
        '0 2000 3000',
        'ca.crt',
        'namespace',
        'token',
      ])
    })

    test('volumes follow what they show', async () => {
      await Promise.all([
        k('patch configmap conf -p', ['{"data":{"a.txt":"two","color":"blue"}}']),
        k('patch secret sec -p', ['{"stringData":{"pass":"loud"}}']),
        k('label pod full mood=good'),
      ])
      const shown = 'cat /conf/a.txt /all/conf/color /sec/deep/er /all/pass /info/labels /sub/a; echo; echo $COLOR'
      await eventually('the new contents', async () => {
        const text = await exec('full', shown)
        // A subPath and the environment stay as they were.
        if (text === 'twoblueloudloudapp="full"\nmood="good"one\nred\n') return true
        throw new Error(text)
      })
    })

    test('who it runs as, and what it may do', async () => {
      const script = [
        'id -u; id -g; touch /x 2>&1',
        'grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status | tr -d "\\t"',
        'ls /var/run/secrets 2>&1; true',
      ].join('\n')
      expect((await exec('locked', script)).trim().split('\n')).toEqual([
        '1000',
        '1001',
        'touch: /x: Read-only file system',
        'CapEff:0000000000000000',
        'CapBnd:0000000000000400',
        'NoNewPrivs:1',
        'ls: /var/run/secrets: No such file or directory',
      ])
      const refused = await until('as-root', 'is refused', (p) => main(p)?.state?.waiting?.reason?.includes('Error'))
      expect(main(refused)?.state?.waiting).toEqual({
        reason: 'CreateContainerConfigError',
        message: `container has runAsNonRoot and image will run as root (pod: "as-root_default(${refused.metadata?.uid})", container: main)`,
      })
      const unset = await until('unset', 'waits', (p) => main(p)?.state?.waiting?.reason?.includes('Error'))
      expect(main(unset)?.state?.waiting).toEqual({
        reason: 'CreateContainerConfigError',
        message: 'configmap "absent" not found',
      })
    })

    test('a missing ConfigMap that comes lets the container start', async () => {
      await k('create configmap absent --from-literal=a=b')
      await ready('unset')
      expect(await exec('unset', 'echo $A')).toBe('b\n')
    })

    test('resources are in the cgroups, and the QoS class follows from them', async () => {
      const [full, guaranteed, plain] = await Promise.all(['full', 'guaranteed', 'plain'].map(get))
      expect([full, guaranteed, plain].map((p) => p?.status?.qosClass)).toEqual([
        'Burstable',
        'Guaranteed',
        'BestEffort',
      ])
      const limits = async (name: string) => {
        const pid = (await get(name)).status?.containerStatuses?.find((c) => c.name === 'main')?.containerID?.slice(13)
        const cgroup = await exec(name, 'cat /proc/self/cgroup')
        const of = (controller: string) =>
          cgroup.match(new RegExp(`^\\d+:[^:\\n]*\\b${controller}\\b[^:\\n]*:(.*)$`, 'm'))?.[1]
        const read = (controller: string, file: string) =>
          readFileSync(
            join('/sys/fs/cgroup', controller, of(controller) ?? `no ${controller} of ${pid}`, file),
            'utf8',
          ).trim()
        return existsSync('/sys/fs/cgroup/cgroup.controllers')
          ? undefined
          : {
              memory: read('memory', 'memory.limit_in_bytes'),
              shares: read('cpu', 'cpu.shares'),
              quota: read('cpu', 'cpu.cfs_quota_us'),
            }
      }
      const [a, b] = [await limits('full'), await limits('guaranteed')]
      if (!a || !b) return console.warn('cgroup v2: the numbers are not looked at')
      expect(a).toEqual({ memory: `${64 << 20}`, shares: '51', quota: '25000' })
      expect(b).toEqual({ memory: `${32 << 20}`, shares: '102', quota: '10000' })
    })

    test('names: hostname, hosts file, resolv.conf, host network', async () => {
      const pod = await get('full')
      const hosts = await exec('full', 'hostname; hostname -f; cat /etc/hosts')
      expect(hosts).toContain('here\nhere.group.default.svc.cluster.local\n')
      expect(hosts).toMatch(new RegExp(`${pod.status?.podIP}\\s+here.group.default.svc.cluster.local\\s+here\n`))
      expect(hosts).toMatch(/10\.9\.8\.7\s+alias\.example\s+alias\n/)
      expect((await exec('full', 'cat /etc/resolv.conf')).trim().split('\n').sort()).toEqual([
        ...['9.9.9.9', await clusterIpOf('kube-dns', 'kube-system')].sort().map((ip) => `nameserver ${ip}`),
        'options ndots:5 timeout:3',
        expect.stringMatching(
          /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local( \S+)* extra\.example$/,
        ),
      ])
      const onHost = await get('guaranteed')
      expect(onHost.status?.podIP).toBe(onHost.status?.hostIP)
      expect(await exec('guaranteed', 'hostname; ip -o link | grep -c veth; cat /etc/resolv.conf')).toMatch(
        /^\S+\n[1-9]\d*\n[\s\S]*svc\.cluster\.local/,
      )
      expect(await exec('plain', 'cat /etc/resolv.conf')).not.toContain('cluster.local')
      expect(Number(await exec('plain', 'ps | wc -l'))).toBeGreaterThan(10)
    })
  })

  describe('the life of containers', () => {
    const sidecar = (script: string, more: Partial<Container> = {}) => ({
      name: 'side',
      image: 'box:1',
      restartPolicy: 'Always',
      command: ['sh', '-c', script],
      ...more,
    })
    const shared = { name: 'shared', mountPath: '/shared' }
    const http = (port: number, path = '/') => ({ httpGet: { path, port } })
    beforeAll(async () => {
      await apply([
        podOf(
          'init',
          'cat /shared/first /shared/side; exit 0',
          { volumeMounts: [shared] },
          {
            restartPolicy: 'Never',
            volumes: [{ name: 'shared', emptyDir: {} }],
            initContainers: [
              {
                name: 'first',
                image: 'box:1',
                command: ['sh', '-c', 'echo first > /shared/first'],
                volumeMounts: [shared],
              },
              sidecar('echo side > /shared/side; trap "exit 0" TERM; while :; do sleep 0.1; done', {
                volumeMounts: [shared],
                startupProbe: { exec: { command: ['cat', '/shared/side'] }, periodSeconds: 1 },
              }),
              { name: 'second', image: 'box:1', command: ['cat', '/shared/side'], volumeMounts: [shared] },
            ],
          },
        ),
        podOf(
          'init-fails',
          'exit 0',
          {},
          {
            restartPolicy: 'Never',
            initContainers: [{ name: 'bad', image: 'box:1', command: ['sh', '-c', 'exit 4'] }],
          },
        ),
        podOf('crash', 'echo run; echo -n "last words" > /dev/termination-log; exit 3'),
        podOf(
          'tail-words',
          'echo from the log; exit 1',
          { terminationMessagePolicy: 'FallbackToLogsOnError' },
          { restartPolicy: 'Never' },
        ),
        podOf('done', 'echo well; exit 0', {}, { restartPolicy: 'OnFailure' }),
        podOf(
          'again',
          'test -e /shared/x || { touch /shared/x; exit 1; }',
          { volumeMounts: [shared] },
          {
            restartPolicy: 'OnFailure',
            volumes: [{ name: 'shared', emptyDir: {} }],
          },
        ),
        podOf(
          'oom',
          'sleep 0.2; x=a; while :; do x=$x$x; done',
          { resources: { limits: { memory: '16Mi' } } },
          { restartPolicy: 'Never' },
        ),
        podOf('no-program', asleep, { command: ['/does/not/exist'] }, { restartPolicy: 'Never' }),
        podOf('late', asleep, {}, { restartPolicy: 'Never', activeDeadlineSeconds: 2 }),
        podOf('probed', `sleep 0.5; touch /tmp/up; mkdir /www; echo ok > /www/ok; httpd -p 8080 -h /www; ${asleep}`, {
          ports: [{ name: 'web', containerPort: 8080 }],
          startupProbe: { exec: { command: ['cat', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 30 },
          readinessProbe: { httpGet: { path: '/ok', port: 'web' }, periodSeconds: 1, failureThreshold: 1 },
          livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        }),
        podOf('dying', asleep, {
          livenessProbe: { ...http(81), periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1 },
        }),
        podOf('grpc', '', {
          image: 'node:1',
          command: ['node', '/app/server.mjs'],
          readinessProbe: { grpc: { port: 9000 }, periodSeconds: 1 },
        }),
        podOf(
          'hooked',
          'trap "echo term; exit 0" TERM; while :; do sleep 0.1; done',
          {
            lifecycle: {
              postStart: { exec: { command: ['sh', '-c', 'echo started > /proc/1/fd/1'] } },
              preStop: { exec: { command: ['sh', '-c', 'echo stopping > /proc/1/fd/1; sleep 0.3'] } },
            },
          },
          { terminationGracePeriodSeconds: 20 },
        ),
        podOf('stubborn', 'trap "" TERM; while :; do sleep 0.1; done', {}, { terminationGracePeriodSeconds: 2 }),
        podOf('bad-hook', asleep, { lifecycle: { postStart: { exec: { command: ['false'] } } } }),
        podOf('absent', asleep, { image: 'absent:1', imagePullPolicy: 'Never' }),
        podOf('unnamed', asleep, { image: 'Not/A/Name' }),
        podOf('unpullable', asleep, { image: '127.0.0.1:1/nothing:1' }),
      ])
    })

    test('init containers in their order, a sidecar beside all of them, and a pod that completes', async () => {
      const pod = await until('init', 'has succeeded', (p) => p.status?.phase === 'Succeeded')
      expect(await k('logs init')).toBe('first\nside\n')
      expect(await k('logs init -c second')).toBe('side\n')
      const [first, side, second] = pod.status?.initContainerStatuses ?? []
      for (const status of [first, side, second, main(pod)])
        expect(status?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
      expect(side?.started).toBe(false)
      const at = (status?: ContainerStatus) => status?.state?.terminated?.startedAt ?? ''
      expect([at(first), at(side), at(second), at(main(pod))]).toEqual(
        [at(first), at(side), at(second), at(main(pod))].sort(),
      )
      expect(pod.status?.conditions?.find((c) => c.type === 'Initialized')?.status).toBe('True')
      expect(pod.status?.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'PodCompleted',
      })
      const failed = await until('init-fails', 'has failed', (p) => p.status?.phase === 'Failed')
      expect(failed.status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({
        exitCode: 4,
        reason: 'Error',
      })
      expect(main(failed)?.state?.waiting?.reason).toBe('PodInitializing')
    })

    test('how containers end: exit codes, reasons, messages; what restartPolicy makes of it', async () => {
      const ended = (name: string, phase: string) => until(name, `is ${phase}`, (p) => p.status?.phase === phase)
      expect(main(await ended('done', 'Succeeded'))).toMatchObject({
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: 'Completed' } },
      })
      expect(main(await ended('again', 'Succeeded'))?.restartCount).toBe(1)
      expect(main(await ended('tail-words', 'Failed'))?.state?.terminated).toMatchObject({
        exitCode: 1,
        reason: 'Error',
        message: 'from the log\n',
      })
      expect(main(await ended('oom', 'Failed'))?.state?.terminated).toMatchObject({
        exitCode: 137,
        reason: 'OOMKilled',
      })
      const none = main(await ended('no-program', 'Failed'))?.state?.terminated
      expect(none).toMatchObject({ exitCode: 128, reason: 'StartError' })
      expect(none?.message).toContain('/does/not/exist')
      expect((await ended('late', 'Failed')).status).toMatchObject({
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      })
    })

    test('CrashLoopBackOff, and the log of the run before', async () => {
      const pod = await until('crash', 'waits', (p) => main(p)?.state?.waiting?.reason === 'CrashLoopBackOff')
      expect(main(pod)?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'last words' })
      expect(main(pod)?.state?.waiting?.message).toMatch(
        new RegExp(`^back-off \\d+s restarting failed container=main pod=crash_default\\(${pod.metadata?.uid}\\)$`),
      )
      expect(await k('logs crash --previous')).toBe('run\n')
      expect(await k('get pod crash')).toMatch(/CrashLoopBackOff\s+\d/)
      expect(await eventsOf('crash')).toContain(
        'Warning BackOff: Back-off restarting failed container main in pod crash_default',
      )
    })

    test('probes: exec, http, tcp and grpc', async () => {
      await ready('probed', 'grpc')
      expect(main(await get('probed'))).toMatchObject({ started: true, ready: true, restartCount: 0 })
      await exec('probed', 'rm /www/ok')
      await until('probed', 'is not ready', (p) => main(p)?.ready === false)
      expect(await eventsOf('probed')).toContain(
        'Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404',
      )
      await exec('probed', 'echo > /www/ok')
      await ready('probed')
      await until('dying', 'was restarted', (p) => (main(p)?.restartCount ?? 0) > 0)
      const events = await eventsOf('dying')
      expect(events).toMatch(
        /Warning Unhealthy: Liveness probe failed: Get "http:\/\/\S+:81\/": dial tcp \S+:81: connect: connection refused/,
      )
      expect(events).toContain('Normal Killing: Container main failed liveness probe, will be restarted')
    })

    test('hooks, and the time a pod has to end', async () => {
      await ready('hooked', 'stubborn')
      const log = follow('logs', '-f', 'hooked')
      await eventually('postStart', async () => log.text.includes('started'))
      const began = performance.now()
      await Promise.all([k('delete pod hooked'), k('delete pod stubborn')])
      expect(log.text).toBe('started\nstopping\nterm\n')
      const took = performance.now() - began
      expect(took).toBeGreaterThan(1800)
      expect(took).toBeLessThan(12_000)
      const pod = await until('bad-hook', 'was restarted', (p) => (main(p)?.restartCount ?? 0) > 0)
      expect(main(pod)?.lastState?.terminated?.exitCode).toBeDefined()
      expect(await eventsOf('bad-hook')).toContain('Warning FailedPostStartHook: PostStartHook failed')
    })

    test('images that cannot be had', async () => {
      const waiting = async (name: string, reason: string) =>
        main(await until(name, reason, (p) => main(p)?.state?.waiting?.reason === reason))?.state?.waiting?.message
      expect(await waiting('absent', 'ErrImageNeverPull')).toBe(
        'Container image "absent:1" is not present with pull policy of Never',
      )
      expect(await waiting('unnamed', 'InvalidImageName')).toContain(
        'couldn\'t parse image name "Not/A/Name": invalid reference format',
      )
      expect(await waiting('unpullable', 'ImagePullBackOff')).toMatch(
        /^Back-off pulling image "127.0.0.1:1\/nothing:1": ErrImagePull: .*connection refused/,
      )
      const events = await eventsOf('unpullable')
      expect(events).toContain('Normal Pulling: Pulling image "127.0.0.1:1/nothing:1"')
      expect(events).toContain('Warning Failed: Error: ErrImagePull')
      expect(events).toContain('Normal BackOff: Back-off pulling image "127.0.0.1:1/nothing:1"')
    })

    test('a finalizer holds a pod that has ended', async () => {
      await k('patch pod done -p', ['{"metadata":{"finalizers":["example.com/hold"]}}'])
      await k('delete pod done --wait=false')
      const held = await get('done')
      expect(held.metadata?.deletionTimestamp).toBeDefined()
      await k('patch pod done --type=json -p', ['[{"op":"remove","path":"/metadata/finalizers"}]'])
      // Debian's kubectl calls it a failure when the pod is gone before the wait begins.
      if (kubectls('1.33')[0]?.version !== 'installed') await k('wait --for=delete pod/done --timeout=20s')
      await eventually('the pod is gone', async () => (await tryKubectl('get pod done')).code !== 0, 20_000)
    })
  })

  describe('network', () => {
    const serve = `mkdir /www; hostname > /www/name; httpd -p 8080 -h /www; ${asleep}`
    beforeAll(async () => {
      const backend = (name: string) => {
        const pod = podOf(
          name,
          serve,
          { image: 'node:1', ports: [{ name: 'web', containerPort: 8080 }] },
          { hostname: name, subdomain: 'group' },
        )
        return { ...pod, metadata: { name, labels: { app: 'backend' } } }
      }
      const service = (name: string, spec: object) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: { app: 'backend' }, ports: [{ name: 'web', port: 80, targetPort: 'web' }], ...spec },
      })
      await apply([
        service('group', { clusterIP: 'None' }),
        service('front', {}),
        service('sticky', { sessionAffinity: 'ClientIP' }),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'away' },
          spec: { type: 'ExternalName', externalName: 'example.com' },
        },
        backend('b1'),
        backend('b2'),
        podOf('client', asleep, { image: 'node:1' }),
      ])
      await ready('b1', 'b2', 'client')
    })
    // A static busybox cannot look up names by itself; Node asks the machine's way.
    const ask = async (from: string, url: string, times = 1) => {
      const script = `for (let i = 0; i < ${times}; i++) console.log(await (await fetch('${url}', { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) })).text())`
      return (await k(`exec ${from} -- node --input-type=module -e`, [script])).trim().split(/\n+/)
    }

    test('the DNS: Services, headless Services, their pods, SRV and PTR', async () => {
      const lookup = (name: string, type = 'a') => exec('client', `nslookup -type=${type} ${name} 2>&1; true`)
      const [b1, b2] = await Promise.all(['b1', 'b2'].map(async (name) => (await get(name)).status?.podIP ?? ''))
      const front = await clusterIpOf('front')
      const reverse = (ip = '') => `${ip.split('.').reverse().join('.')}.in-addr.arpa`
      await eventually('both backends are in the DNS', async () => {
        const text = await lookup('group.default.svc.cluster.local')
        return text.includes(`Address: ${b1}\n`) && text.includes(`Address: ${b2}\n`)
      })
      expect(await lookup('front.default.svc.cluster.local')).toContain(`Address: ${front}\n`)
      expect(await lookup('b1.group.default.svc.cluster.local')).toContain(`Address: ${b1}\n`)
      expect(await lookup('_web._tcp.group.default.svc.cluster.local', 'srv')).toMatch(
        /service = 0 50 8080 b1\.group\.default\.svc\.cluster\.local/,
      )
      expect(await lookup('_web._tcp.front.default.svc.cluster.local', 'srv')).toMatch(
        / 80 front\.default\.svc\.cluster\.local/,
      )
      expect(await lookup(reverse(front), 'ptr')).toContain('name = front.default.svc.cluster.local')
      expect(await lookup(reverse(b2), 'ptr')).toContain('name = b2.group.default.svc.cluster.local')
      expect(await lookup('away.default.svc.cluster.local', 'cname')).toContain('canonical name = example.com')
      expect(await lookup('nobody.default.svc.cluster.local')).toContain('NXDOMAIN')
    })

    test('a cluster IP spreads over pods, session affinity stays with one', async () => {
      await eventually('both answer', async () => new Set(await ask('client', 'http://front/name', 10)).size === 2)
      expect(new Set(await ask('client', 'http://sticky/name', 10)).size).toBe(1)
      expect(await ask('client', 'http://b2.group:8080/name')).toEqual(['b2'])
      expect(await ask('client', `http://${await clusterIpOf('front')}/name`)).toEqual([
        expect.stringMatching(/^b[12]$/),
      ])
    })

    test('a pod reaches itself through its Service', async () => {
      expect(new Set(await ask('b1', 'http://front/name', 20))).toEqual(new Set(['b1', 'b2']))
    })

    test.each(kubectls('1.27', '1.33'))('kubectl $version port-forward', async ({ path }) => {
      const child = spawn(path, ['--kubeconfig', cluster.kubeconfig, 'port-forward', 'pod/b1', ':8080', '-v=6'])
      running.push(child)
      let text = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          text += chunk
        })
      const port = await eventually(
        'it listens',
        async () => {
          const found = text.match(/Forwarding from 127\.0\.0\.1:(\d+)/)?.[1]
          if (!found) throw new Error(text)
          return found
        },
        10_000,
      )
      for (let i = 0; i < 3; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/name`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(5000),
        })
        expect(await answer.text()).toBe('b1\n')
      }
      // Since 1.31 through a WebSocket, and not back to SPDY by itself.
      expect(text).not.toMatch(/fallback to secondary dialer|error forwarding/i)
      child.kill()
    })

    test('port-forward to a port where nobody listens says so', async () => {
      const forward = follow('port-forward', 'pod/b1', ':9')
      const port = await eventually(
        'it listens',
        async () => forward.text.match(/Forwarding from 127\.0\.0\.1:(\d+)/)?.[1],
        10_000,
      )
      connect(Number(port), '127.0.0.1')
        .on('error', () => {})
        .end('x')
      await eventually('the error', async () => /connection refused/i.test(forward.text), 10_000)
      forward.child.kill()
    })
  })

  describe('looking into pods', () => {
    beforeAll(async () => {
      const talker = podOf(
        'talker',
        `for i in 1 2 3; do echo line $i; done; sleep 0.2; echo oops >&2; cat; ${asleep}`,
        {
          stdin: true,
        },
      )
      talker.spec.containers.push({
        name: 'other',
        image: 'box:1',
        command: ['sh', '-c', `echo other; ${asleep}`],
      } as (typeof talker.spec.containers)[0])
      await apply([talker])
      await ready('talker')
    })

    test('logs: -c, --tail, --since, --timestamps, --all-containers, --limit-bytes', async () => {
      await eventually(
        'all lines',
        async () => (await k('logs talker -c main')) === 'line 1\nline 2\nline 3\noops\n',
        10_000,
      )
      expect(await k('logs talker -c other')).toBe('other\n')
      expect(await k('logs talker -c main --tail=2')).toBe('line 3\noops\n')
      expect(await k('logs talker -c main --limit-bytes=8')).toBe('line 1\nl')
      expect(await k('logs talker -c main --since=1h')).toContain('line 1')
      expect(await k('logs talker -c main --since-time=2100-01-01T00:00:00Z')).toBe('')
      expect(await k('logs talker -c main --timestamps --tail=1')).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}\S+ oops\n$/,
      )
      expect((await k('logs talker --all-containers --prefix')).trim().split('\n')).toContain(
        '[pod/talker/other] other',
      )
      expect((await tryKubectl('logs talker -c nobody')).stderr).toContain(
        'container nobody is not valid for pod talker',
      )
      expect((await tryKubectl('logs talker -c other --previous')).stderr).toContain(
        'previous terminated container "other" in pod "talker" not found',
      )
    })

    test.each(kubectls('1.27', '1.33'))(
      'kubectl $version attach: what is typed arrives, what is said is seen',
      async ({ path }) => {
        const child = spawn(path, ['--kubeconfig', cluster.kubeconfig, 'attach', '-i', 'talker', '-c', 'main'])
        running.push(child)
        let text = ''
        child.stdout.on('data', (chunk) => {
          text += chunk
        })
        await eventually(
          'an echo',
          async () => {
            if (!text.includes('typed')) child.stdin.write('typed\n')
            await new Promise((next) => setTimeout(next, 200))
            return text.includes('typed\n')
          },
          15_000,
        )
        child.kill()
      },
    )

    test.each(kubectls('1.27', '1.33'))('kubectl $version cp', async ({ version, path }) => {
      const from = join(cluster.folder, `from-${version}`)
      const to = join(cluster.folder, `to-${version}`)
      writeFileSync(from, 'x'.repeat(3 << 20))
      const cp = (a: string, b: string) => run(path, ['--kubeconfig', cluster.kubeconfig, 'cp', '-c', 'other', a, b])
      expect(await cp(from, `talker:/tmp/${version}`)).toMatchObject({ code: 0 })
      expect(await cp(`talker:/tmp/${version}`, to)).toMatchObject({ code: 0 })
      expect(readFileSync(to).equals(readFileSync(from))).toBe(true)
    })

    // Debian's kubectl has only an early form of it, for servers of its time.
    test.skipIf(kubectls('1.33')[0]?.version === 'installed')('debug: an ephemeral container joins', async () => {
      await k('debug talker --image=box:1 -c look --target=main -- sh -c', ['ps; sleep 1000'])
      await until('talker', 'the debugger runs', (p) =>
        p.status?.ephemeralContainerStatuses?.some((c) => c.name === 'look' && c.state?.running),
      )
      await eventually('it sees the process of the other', async () => (await k('logs talker -c look')).includes('cat'))
    })
  })

  describe('the node agent', () => {
    test('static pods have mirrors, and go with their file', async () => {
      const file = join(cluster.dataDir, 'manifests', 'web.yaml')
      writeFileSync(file, JSON.stringify(podOf('fixed', asleep)))
      const name = `fixed-${(await k('get node -o jsonpath={.items[0].metadata.name}')).trim()}`
      await eventually('the mirror', async () => (await tryKubectl(`get pod ${name}`)).code === 0)
      await ready(name)
      const mirror = await get(name)
      expect(mirror.metadata?.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' })
      expect(mirror.metadata?.ownerReferences?.[0]?.kind).toBe('Node')
      expect(await exec(name, 'echo in')).toBe('in\n')
      // Not waited for: kubectl takes a mirror that is made again at once for the one that it waits for.
      await k(`delete pod ${name} --wait=false`)
      await until(name, 'the mirror is back', (p) => p.metadata?.uid !== mirror.metadata?.uid)
      await ready(name)
      expect(main(await get(name))?.containerID).toBe(main(mirror)?.containerID)
      rmSync(file)
      await eventually('it is gone', async () => (await tryKubectl(`get pod ${name}`)).code !== 0)
    })

    test('one that is killed comes back and takes over what runs', async () => {
      const list = async () =>
        (JSON.parse(await k('get pods -o json')).items as Pod[])
          .flatMap((p) => (p.status?.containerStatuses ?? []).filter((c) => c.state?.running && !c.restartCount))
          .map((c) => c.containerID)
          .filter(Boolean)
          .sort()
      await k('delete pod crash dying bad-hook --ignore-not-found --now')
      const before = await list()
      expect(before.length).toBeGreaterThan(3)
      const agent = await cluster.pidOf('node-agent')
      if (!agent) throw new Error('no node agent')
      process.kill(agent, 'SIGKILL')
      await eventually('another one runs', async () => {
        const pid = await cluster.pidOf('node-agent')
        return pid !== undefined && pid !== agent
      })
      await apply([podOf('after', asleep)])
      await ready('after')
      await k('delete pod after --now')
      expect(await list()).toEqual(before)
      expect(await exec('talker', 'echo still here')).toBe('still here\n')
    })
  })
})

/** A server of gRPC's health protocol, by hand: one answer in a frame, the status in the trailers. */
const grpcServer = `
import { createServer } from 'node:http2'
createServer().on('stream', (stream, headers) => {
  const path = headers[':path']
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path === '/grpc.health.v1.Health/Check' ? '0' : '12' }))
  stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]))
}).listen(9000)
`
