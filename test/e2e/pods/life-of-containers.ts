import { beforeAll, describe, expect, test } from 'vitest'
import type { Container, ContainerStatus } from '../../../src/api/core/v1/index.ts'
import { eventually, kubectls } from '../support.ts'
import { asleep, main, type PodWorld, podOf } from './world.ts'

/** How containers start, are probed, fail, are started again and end. */
export function lifeOfContainers({ k, tryKubectl, exec, apply, get, until, ready, eventsOf, follow }: PodWorld): void {
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
        podOf(
          'crewed',
          'trap "sleep 0.5; echo app > /shared/last; exit 0" TERM; while :; do sleep 0.1; done',
          { volumeMounts: [shared] },
          {
            terminationGracePeriodSeconds: 20,
            volumes: [{ name: 'shared', emptyDir: {} }],
            initContainers: [
              sidecar('trap "cat /shared/last; exit 0" TERM; while :; do sleep 0.1; done', {
                volumeMounts: [shared],
                lifecycle: {
                  preStop: {
                    exec: { command: ['sh', '-c', 'cat /shared/last > /proc/1/fd/1; echo hook > /proc/1/fd/1'] },
                  },
                },
              }),
            ],
          },
        ),
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
      const log = follow(['logs', '-f', 'hooked'])
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

    test('a sidecar hears of the end when the app does, and ends after it', async () => {
      await ready('crewed')
      await exec('crewed', 'echo nobody > /shared/last')
      const log = follow(['logs', '-f', 'crewed', '-c', 'side'])
      await k('delete pod crewed')
      await eventually('the last words', async () => log.text.includes('app'))
      expect(log.text).toBe('nobody\nhook\napp\n')
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
}
