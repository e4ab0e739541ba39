import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, k8ts, kubectls, run, scratch } from './support.ts'

const found = kubectls('1.27', '1.33')

/** Needs neither root nor containers. */
describe.skipIf(found.length === 0)(`simulated nodes${found.length === 0 ? ' (skipped: no kubectl)' : ''}`, () => {
  const folder = scratch('simulated')
  const dataDir = join(folder.dir, 'data')
  const flags = ['--name', 'e2e-simulated', '--data-dir', dataDir]
  const kubectl = (path: string, ...args: string[]) =>
    run(path, ['--kubeconfig', join(dataDir, 'kubeconfig', 'admin.conf'), ...args])
  const newest = found.at(-1)?.path ?? 'kubectl'

  beforeAll(async () => {
    const up = await k8ts(['up', '--detach', '--no-merge', '--runtime', 'simulated', '--nodes', '2', ...flags])
    expect(up, up.stderr).toMatchObject({ code: 0 })
    expect(up.stderr).toContain('the commands of Jobs exit with 0 after 1 s')
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        annotations: {
          'k8ts.dev/log': 'one\ntwo',
          'k8ts.dev/exec-output': 'hello\n',
          'k8ts.dev/exec-code': '3',
        },
      },
      spec: { containers: ['main', 'other'].map((name) => ({ name, image: 'i', ports: [{ containerPort: 80 }] })) },
    }
    const file = { input: JSON.stringify(pod) }
    expect(
      await run(newest, ['--kubeconfig', join(dataDir, 'kubeconfig', 'admin.conf'), 'apply', '-f', '-'], file),
    ).toMatchObject({ code: 0 })
    await eventually('p runs', async () => (await kubectl(newest, 'get', 'pod', 'p')).stdout.includes('Running'))
  })
  afterAll(async () => {
    await k8ts(['down', '--purge', ...flags])
    folder.remove()
  })

  test.each(found)('kubectl $version: logs, exec, what is refused', async ({ path }) => {
    const k = (...args: string[]) => kubectl(path, ...args)
    expect(await k('logs', 'p', '-c', 'main')).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
    expect((await k('logs', 'p', '-c', 'other', '--tail=1', '--timestamps')).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\S+ two\n$/,
    )
    expect(await k('exec', 'p', '-c', 'main', '--', 'any', 'thing')).toMatchObject({ code: 3, stdout: 'hello\n' })
    expect((await k('attach', 'p', '-c', 'main')).stderr).toContain('simulated nodes have no attach')
    expect((await k('get', '--raw', '/api/v1/namespaces/default/pods/p/proxy/')).stderr).toContain(
      'nothing listens in pods of simulated nodes',
    )
    expect((await k('get', '--raw', '/api/v1/nodes/node-1/proxy/metrics')).stdout).toContain('kubelet_running_pods')
  })

  test.each(found)(
    'kubectl $version: a Job with a command ends, so does run --rm -i; exec says how to answer',
    async ({ version, path }) => {
      const k = (...args: string[]) => kubectl(path, ...args)
      const name = `job-${version.replace('.', '-')}`
      expect(await k('create', 'job', name, '--image=i', '--', 'sh', '-c', 'date')).toMatchObject({ code: 0 })
      expect(await k('wait', '--for=condition=complete', `job/${name}`, '--timeout=30s')).toMatchObject({ code: 0 })
      expect((await k('logs', `job/${name}`)).stdout).toContain('k8ts: nothing runs in this simulated container')
      for (const restart of ['--restart=Never', '--restart=Always']) {
        const ran = await k('run', '--rm', '-i', restart, `${name}-run`, '--image=i', '--', 'date')
        expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted') })
      }
      await k('run', `${name}-web`, '--image=nginx')
      await k('wait', '--for=condition=ready', `pod/${name}-web`, '--timeout=30s')
      expect((await k('exec', `${name}-web`, '--', 'ls')).stderr).toContain('k8ts.dev/exec-output')
    },
  )
})
