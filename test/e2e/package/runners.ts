import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder, type PackageWorld, project, succeed } from './world.ts'

const web = `const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: {
  replicas: 3, selector: { matchLabels: { app: 'web' } }, template: {
    metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } } } }
`

/** One test passes, one fails, one fails in its preparation, two are forked. */
const tests = (expectReady: string) => `${web}
test('ready', async ({ cluster }) => {
  await cluster.apply(web)
  await cluster.settle()
  ${expectReady}
})
test('not ready', async ({ cluster }) => {
  await cluster.apply(web)
  ${expectReady}
})
const forked = clusterTest({ nodes: 1, fork: true, prepare: (cluster) => cluster.apply(web) })
forked('one', async ({ cluster }) => {
  await cluster.delete('Deployment', 'web')
})
forked('two', async ({ cluster }) => {
  ${expectReady}
})
const broken = clusterTest({ prepare: async (cluster) => {
  await cluster.apply(web)
  throw new Error('no more')
} })
broken('unprepared', async ({ cluster }) => void cluster)
`
const byMatcher = "expect(await cluster.get('Deployment', 'web')).toBeReady()"

const typesOfMatchers = `
export async function types(cluster: TestCluster) {
  const web = await cluster.get('Deployment', 'web')
  expect(web).toBeReady()
  expect(web).not.toHaveCondition('Available', 'False', 'Reason')
  expect(web).toBeOwnedBy(web)
  expect(web).toHaveFinalizer('a.b/c')
  expect(web).toHaveLabel('app', 'web')
  await expect(cluster).toHaveEvent({ reason: 'ScalingReplicaSet' })
  expect(web.spec.replicas).toBe(3)
  await expect(cluster.get('Pod', 'x')).rejects.toMatchObject({ code: 404 })
  // @ts-expect-error a label is a text
  expect(web).toHaveLabel(3)
  // @ts-expect-error there is no such matcher
  expect(web).toBeReadyNow()
}
`
const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'esnext',
    module: 'nodenext',
    types: ['node'],
  },
  files: ['types.ts'],
})

/** What every runner leaves of a file of `tests`. */
function expectReports(folder: string, name: string, said: string): void {
  expect(said).toContain(`The cluster's objects, events and timeline: k8ts-failures/${name}-not-ready.txt`)
  expect(said).toContain(`k8ts-failures/${name}-unprepared.txt`)
  const report = readFileSync(join(folder, `k8ts-failures/${name}-not-ready.txt`), 'utf8')
  expect(report).toContain('kubernetes-admin: create deployments default/web')
  expect(existsSync(join(folder, `k8ts-failures/${name}-ready.txt`))).toBe(false)
}

export function runners(world: () => PackageWorld): void {
  test.for(['3.2', '4', '5'])('Vitest %s: fixtures, matchers with their types, reports', async (version) => {
    const imports = "import { clusterTest, expect, test } from 'k8ts/vitest'\n"
    const { folder, bin } = await project(
      world(),
      `vitest-${version}`,
      [`vitest@${version}`, 'typescript@5.9', '@types/node@24'],
      {
        'a.test.ts': imports + tests(byMatcher),
        'types.ts': `import type { TestCluster } from 'k8ts/testing'\nimport 'k8ts/vitest'\nimport { expect } from 'vitest'\n${typesOfMatchers}`,
        'tsconfig.json': tsconfig,
      },
    )
    const ran = await bin('vitest', 'run', '--testTimeout=60000')
    expect(ran.stdout).toMatch(/Tests +2 failed \| 3 passed/)
    expectReports(folder, 'a.test', ran.stdout + ran.stderr)
    expect(succeed(await bin('tsc', '-p', '.'))).toBe('')
  })

  test.for(['29', '30'])('Jest %s: tests with clusters, matchers with their types, reports', async (version) => {
    const imports = "import { clusterTest, expect, test } from 'k8ts/jest'\n"
    const { folder, bin } = await project(
      world(),
      `jest-${version}`,
      [`jest@${version}`, 'typescript@5.9', '@types/node@24'],
      {
        'a.test.js': imports + tests(byMatcher),
        'jest.config.json': '{ "transform": {}, "testEnvironment": "node" }',
        'types.ts': `import type { TestCluster } from 'k8ts/testing'\nimport { expect } from 'k8ts/jest'\n${typesOfMatchers}`,
        'tsconfig.json': tsconfig,
      },
    )
    const ran = await inFolder(
      folder,
      join(folder, 'node_modules/.bin/jest'),
      ['--testTimeout=60000'],
      ['--experimental-vm-modules'],
    )
    expect(ran.stderr).toMatch(/Tests: +2 failed, 3 passed/)
    expectReports(folder, 'a.test', ran.stdout + ran.stderr)
    expect(succeed(await bin('tsc', '-p', '.'))).toBe('')
  })

  test('node:test: tests with clusters, reports', async () => {
    const ready = "assert.equal((await cluster.get('Deployment', 'web')).status.readyReplicas, 3)"
    const imports = "import assert from 'node:assert/strict'\nimport { clusterTest, test } from 'k8ts/node-test'\n"
    const { folder } = await project(world(), 'node-test', [], { 'a.test.ts': imports + tests(ready) })
    const { stdout } = await inFolder(folder, '--test', [])
    expect(stdout).toMatch(/pass 3\n[\s\S]*fail 2\n/)
    expectReports(folder, 'a.test', stdout)
  })
}
