import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../src/testing/index.ts'
import { writeChart } from './helm/chart.ts'
import { programs } from './helm/programs.ts'
import { type Ran, run, scratch } from './support.ts'

const found = await programs()
if (typeof found === 'string') console.warn(`skipped: ${found}`)
const { helm, kubectl } = typeof found === 'string' ? { helm: '', kubectl: '' } : found

/** The real Helm 4, with a chart of its own, on simulated nodes: it applies on the server's side unless it is told not to. */
describe.skipIf(!helm).each(['true', 'false'])('helm --server-side=%s', (serverSide) => {
  const folder = scratch('helm')
  let cluster: TestCluster
  let env: Record<string, string>
  let chart: string

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, clock: 'real' })
    cluster.image('job:1', { exitAfter: '50ms', logs: ['done'] })
    chart = writeChart(folder.dir)
    env = { PATH: process.env.PATH ?? '', HOME: folder.dir, KUBECONFIG: await cluster.kubeconfigFile() }
  })
  afterAll(async () => {
    await cluster.stop()
    folder.remove()
  })

  const ran = async (program: string, args: string[]): Promise<Ran> => {
    const result = await run(program, args, { env, timeoutMs: 60_000 })
    expect(result, `${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 })
    return result
  }
  const h = (...args: string[]) => ran(helm, args)
  const k = async (...args: string[]) => (await ran(kubectl, args)).stdout.trim()
  const flags = ['--wait', '--timeout', '60s', `--server-side=${serverSide}`]
  const field = (object: string, path: string) => k('get', ...object.split(' '), '-o', `jsonpath={${path}}`)

  test('install: definitions, hooks and objects, all ready at the end', async () => {
    await h('install', 'one', chart, ...flags)
    expect(await field('deployment one-web', '.status.readyReplicas')).toBe('2')
    expect(await field('job one-pre-install', '.status.succeeded')).toBe('1')
    expect(await field('site one', '.spec.title')).toBe('hello')
    const { metadata } = await cluster.get('Deployment', 'one-web')
    const own = metadata.managedFields?.filter(({ manager }) => manager === 'helm')
    expect(own?.map(({ operation }) => operation)).toEqual([serverSide === 'true' ? 'Apply' : 'Update'])
  })

  test('a second upgrade with the same values writes no object again', async () => {
    const versions = () =>
      k('get', 'deployment,service,configmap,site', '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
    const before = await versions()
    await h('upgrade', 'one', chart, '--no-hooks', ...flags)
    expect(await versions()).toBe(before)
  })

  test('upgrade: changes what changed, removes what is gone, runs its hook', async () => {
    const values = ['--set', 'replicas=3,image=web:2,greeting=bye,extra=false']
    await h('upgrade', 'one', chart, ...values, ...flags)
    expect(await field('deployment one-web', '.spec.template.spec.containers[0]')).not.toContain('env')
    expect(await field('deployment one-web', '.status.updatedReplicas')).toBe('3')
    expect(await field('configmap one-conf', '.data')).toBe('{"greeting":"bye"}')
    expect(await field('site one', '.spec.title')).toBe('bye')
    expect(await field('job one-post-upgrade', '.status.succeeded')).toBe('1')
  })

  test('test: runs the pod of the chart', async () => {
    expect((await h('test', 'one')).stdout).toMatch(/Phase:\s+Succeeded/)
  })

  test('rollback: back to the first revision', async () => {
    await h('rollback', 'one', '1', '--wait', '--timeout', '60s')
    expect(await field('deployment one-web', '.spec.replicas')).toBe('2')
    expect(await field('configmap one-conf', '.data')).toBe('{"extra":"yes","greeting":"hello"}')
    expect((await h('history', 'one')).stdout).toMatch(/Rollback to 1/)
  })

  test('a dry run on the server changes nothing', async () => {
    const dry = await h(
      'upgrade',
      'one',
      chart,
      '--set',
      'greeting=never',
      '--dry-run=server',
      `--server-side=${serverSide}`,
    )
    expect(dry.stdout).toContain('greeting: never')
    expect(await field('configmap one-conf', '.data.greeting')).toBe('hello')
  })

  test.runIf(serverSide === 'true')('a field that somebody else has taken is a conflict', async () => {
    await k('patch', 'configmap', 'one-conf', '-p', '{"data":{"greeting":"mine"}}')
    const refused = await run(helm, ['upgrade', 'one', chart, ...flags], { env, timeoutMs: 60_000 })
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('conflict with "kubectl-patch" using v1: .data.greeting')
    await h('upgrade', 'one', chart, '--force-conflicts', ...flags)
    expect(await field('configmap one-conf', '.data.greeting')).toBe('hello')
  })

  test.runIf(serverSide === 'true')('kubectl 1.35 applies and compares on the server', async () => {
    const manifest = (a: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'own' }, data: { a } })
    const send = (args: string[], a: string) =>
      run(kubectl, [...args, '--server-side', '-f', '-'], { env, input: JSON.stringify(manifest(a)) })
    expect(await send(['apply'], '1')).toMatchObject({ code: 0, stdout: 'configmap/own serverside-applied\n' })
    expect(await send(['diff'], '1')).toMatchObject({ code: 0, stdout: '' })
    expect(await send(['diff'], '2')).toMatchObject({ code: 1, stdout: expect.stringContaining('+  a: "2"') })
    expect(await k('get', 'configmap', 'own', '-o', 'yaml', '--show-managed-fields')).toContain('manager: kubectl\n')
  })

  test('uninstall: removes all but the definitions', async () => {
    await h('uninstall', 'one', '--wait', '--timeout', '60s')
    expect(await k('get', 'deployment,service,site,configmap', '-o', 'name')).not.toContain('one')
    expect(await k('get', 'crd', '-o', 'name')).toContain('sites.shop.example.com')
  })
})
