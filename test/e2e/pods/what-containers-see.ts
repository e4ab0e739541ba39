import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support.ts'
import { asleep, main, type PodWorld, podOf } from './world.ts'

/** Environment, volumes, identity, cgroups and names, looked at from inside. */
export function whatContainersSee({ k, exec, apply, get, until, ready, clusterIpOf, hostFolder }: PodWorld): void {
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
      })
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
}
