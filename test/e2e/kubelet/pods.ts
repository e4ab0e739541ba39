import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import { ConfigMaps, Pods, Secrets } from '../../../src/api/core/v1/index.ts'
import { mountsUnder } from '../../../src/runtime/containerd/machine.ts'
import { isReady, type KubeletOnContainerd, main, podOf } from './world.ts'

/** Pods in real containers: what they see, how they end, what is left of them. */
export function podsOnContainerd(world: () => KubeletOnContainerd): void {
  let w: KubeletOnContainerd
  beforeAll(() => {
    w = world()
  })

  test('a pod: environment, volumes, hosts, DNS, logs; gone without a trace', async () => {
    await w.client.create(ConfigMaps, {
      metadata: { name: 'conf', namespace: 'default' },
      data: { color: 'red', 'a.txt': 'one' },
    })
    await w.client.create(Secrets, { metadata: { name: 'sec', namespace: 'default' }, data: { pass: btoa('hush') } })
    const script = [
      'echo "$COLOR $PASS $NAME $IP $GREETING"',
      'cat /conf/a.txt; echo; cat /sec/pass; echo; cat /info/labels; echo; cat /sub/file; echo',
      'stat -c "%a %u:%g" /scratch /sec/..data/pass',
      'grep -c tmpfs /proc/mounts >/dev/null && echo tmpfs; hostname; grep search /etc/resolv.conf; grep "$IP" /etc/hosts',
      'id -u; id -G; echo $KUBERNETES_SERVICE_HOST',
      'exec sleep 1000',
    ].join('\n')
    const pod = podOf(
      'full',
      script,
      {
        securityContext: { runAsUser: 1000, fsGroup: 2000 },
        volumes: [
          { name: 'conf', configMap: { name: 'conf' } },
          { name: 'sec', secret: { secretName: 'sec', defaultMode: 0o400 } },
          { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
      },
      {
        env: [
          { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
          { name: 'PASS', valueFrom: { secretKeyRef: { name: 'sec', key: 'pass' } } },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'GREETING', value: 'hi-$(COLOR)' },
        ],
        volumeMounts: [
          { name: 'conf', mountPath: '/conf' },
          { name: 'sec', mountPath: '/sec' },
          { name: 'info', mountPath: '/info' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'conf', mountPath: '/sub/file', subPath: 'a.txt' },
        ],
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi', cpu: '500m' } },
      },
    )
    await w.client.create(Pods, { ...pod, metadata: { ...pod.metadata, labels: { app: 'full' } } })
    const running = await w.until(() => w.get('full'), isReady)
    const text = await w.until(
      () => w.logs('full'),
      (l) => l.includes('10.96.0.1\n'),
    )
    expect(text.split('\n')).toEqual([
      `red hush full ${running.status.podIP} hi-red`,
      'one',
      'hush',
      'app="full"',
      'one',
      '2777 0:2000',
      '440 0:2000',
      'tmpfs',
      'full',
      expect.stringContaining('search default.svc.cluster.local svc.cluster.local cluster.local'),
      `${running.status.podIP}\tfull`,
      '1000',
      '0 2000',
      '10.96.0.1',
      '',
    ])
    expect(running.status.qosClass).toBe('Burstable')

    await w.client.patch(ConfigMaps, { namespace: 'default', name: 'conf' }, { data: { 'a.txt': 'two' } })
    const id = main(running)?.containerID?.split('//')[1] ?? ''
    await w.until(
      async () => (await w.runtime.execSync(id, ['cat', '/conf/a.txt'], 5)).stdout,
      (s) => s === 'two',
    )

    await w.remove('full')
    expect(existsSync(join(w.rootDir, 'pods', running.metadata.uid))).toBe(false)
    expect(mountsUnder(w.rootDir)).toEqual([])
    await w.until(
      async () => readdirSync(join(w.rootDir, 'logs')),
      (names) => !names.some((n) => n.includes('_full_')),
    )
    await w.until(
      () => w.runtime.listPodSandbox(),
      (all) => all.length === 0,
    )
  })

  test('crash, termination message, previous log, restart', async () => {
    const script = 'echo run; echo -n "last words" > /dev/termination-log; exit 3'
    await w.client.create(Pods, podOf('crash', script))
    const pod = await w.until(
      () => w.get('crash'),
      (p) => main(p)?.state?.waiting?.reason === 'CrashLoopBackOff',
    )
    expect(main(pod)).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'last words' } },
    })
    expect(await w.logs('crash', '?previous=true')).toBe('run\n')
    await w.remove('crash')
  })

  test('init containers, an exec probe, a preStop hook, logs as asked for', async () => {
    const pod = podOf(
      'hooks',
      'for i in 1 2 3 4 5; do echo line $i; done; trap "echo term; exit 0" TERM; touch /data/up; while :; do sleep 0.1; done',
      {
        terminationGracePeriodSeconds: 10,
        volumes: [{ name: 'data', emptyDir: {} }],
        initContainers: [
          {
            name: 'init',
            image: 'box:1',
            command: ['sh', '-c', 'echo made > /data/file'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
      {
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        readinessProbe: { exec: { command: ['cat', '/data/up'] }, periodSeconds: 1 },
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo bye > /proc/1/fd/1'] } } },
      },
    )
    await w.client.create(Pods, pod)
    const running = await w.until(() => w.get('hooks'), isReady)
    expect(running.status.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: 'Completed',
    })
    expect(await w.logs('hooks', '?tailLines=2')).toBe('line 4\nline 5\n')
    expect(await w.logs('hooks', '?limitBytes=8')).toBe('line 1\nl')
    expect(await w.logs('hooks', '?tailLines=1&timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line 5\n$/)
    expect(await w.logs('hooks', '?sinceTime=2100-01-01T00:00:00Z')).toBe('')
    const begun = Promise.withResolvers<string>()
    const following = w.logs('hooks', '?follow=true&tailLines=1', begun.resolve)
    expect(await begun.promise).toBe('line 5\n')
    await w.remove('hooks')
    expect(await following).toBe('line 5\nbye\nterm\n')
  })

  test('exec over a WebSocket, with its exit code', async () => {
    await w.client.create(Pods, podOf('ws', 'exec sleep 1000'))
    await w.until(() => w.get('ws'), isReady)
    const url = `wss://127.0.0.1:${w.kubelet.port}/exec/default/ws/main?input=1&output=1&error=1&command=sh&command=-c&command=${encodeURIComponent('cat; echo err >&2; exit 4')}`
    for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
      const ws = new WebSocket(url, [protocol], { ca: w.certificates.ca, ...w.admin })
      const got: Record<number, string> = {}
      ws.on('message', (data: Buffer) => {
        got[data[0] ?? -1] = (got[data[0] ?? -1] ?? '') + data.subarray(1).toString()
        if (protocol.startsWith('v4') && got[1] === 'hello') ws.close()
      })
      await new Promise((resolve, reject) => ws.on('open', resolve).on('error', reject))
      expect(ws.protocol).toBe(protocol)
      ws.send(Buffer.from('\0hello'))
      if (protocol.startsWith('v5')) ws.send(Buffer.from([255, 0]))
      await new Promise((resolve) => ws.on('close', resolve))
      expect(got[1]).toBe('hello')
      if (protocol.startsWith('v4')) continue
      expect(got[2]).toBe('err\n')
      expect(JSON.parse(got[3] ?? '')).toMatchObject({
        status: 'Failure',
        details: { causes: [{ reason: 'ExitCode', message: '4' }] },
      })
    }
    expect((await w.fetchKubelet('/pods')).status).toBe(200)
    expect((await w.fetchKubelet('/stats/summary')).text).toContain('"nodeName":"node-1"')
    expect((await w.fetchKubelet('/metrics/resource')).text).toContain(
      'container_memory_working_set_bytes{container="main"',
    )
    await w.remove('ws')
  })

  test('an emptyDir beyond its limit costs the pod its place', async () => {
    const volumes = [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }]
    const script = 'dd if=/dev/zero of=/data/big bs=1024k count=4; exec sleep 1000'
    await w.client.create(
      Pods,
      podOf('greedy', script, { volumes }, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    )
    const failed = await w.until(
      () => w.get('greedy'),
      (p) => p.status.phase === 'Failed',
    )
    expect(failed.status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringContaining('exceeds the limit "1Mi"'),
    })
    await w.remove('greedy')
  })
}
