import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeOciArchive } from '../../../src/runtime/image/archive.ts'
import { listImages, loadImage, loadPackedImage } from '../../../src/runtime/image/load.ts'
import { packImage } from '../../../src/runtime/image/pack.ts'
import { pauseImageName } from '../../../src/runtime/image/pause-image.ts'
import type { ContainerdWorld } from './world.ts'

const hasRedis = spawnSync('redis-server', ['--version']).error === undefined

/** What is packed of programs, applications and folders, and runs. */
export function images(world: ContainerdWorld): void {
  const { folder, options, startPod, exited, logOf } = world
  describe('images', () => {
    const runOnce = async (name: string, image: string, command: string[] = []) => {
      const { container, remove } = await startPod(name, command, { image })
      const { exitCode } = await exited(container)
      await remove()
      return { exitCode, log: logOf(name) }
    }

    test('packing is reproducible, and listing shows the pause image and ours', async () => {
      const pack = () => packImage({ name: 'box:1', bin: ['busybox'] })
      const [one, two] = [await pack(), await pack()]
      expect(one.manifest).toEqual(two.manifest)
      const began = performance.now()
      expect(await loadPackedImage(options.socket, one)).toEqual(['docker.io/library/box:1'])
      console.log(`loading what is there: ${(performance.now() - began).toFixed(0)} ms`)
      one.remove()
      two.remove()
      const tags = (await listImages({ socket: options.socket })).flatMap(({ repoTags }) => repoTags)
      expect(tags).toEqual(expect.arrayContaining([pauseImageName, 'docker.io/library/box:1']))
    })

    test.skipIf(!hasRedis)('a host program with its libraries, as a user of its own, from an archive', async () => {
      const image = await packImage({
        name: 'redis:1',
        bin: ['redis-server', 'redis-cli'],
        entrypoint: ['redis-server'],
        cmd: ['--version'],
        user: 'redis',
        ports: ['6379'],
      })
      const archive = join(folder, 'redis.tar')
      await writeOciArchive(image, archive)
      image.remove()
      expect(await loadImage({ socket: options.socket, archive })).toEqual(['docker.io/library/redis:1'])
      expect(await world.runtime.imageStatus('redis:1')).toMatchObject({ username: 'redis' })
      const { exitCode, log } = await runOnce('redis', 'redis:1')
      expect(log).toContain('Redis server v=')
      expect(exitCode).toBe(0)
      expect((await runOnce('cli', 'redis:1', ['sh', '-c', 'id -un; redis-cli --version'])).log).toMatch(
        /redis\n.*redis-cli \d/s,
      )
    })

    test('a Node application', async () => {
      const app = join(folder, 'app')
      mkdirSync(join(app, '.git'), { recursive: true })
      writeFileSync(
        join(app, 'server.js'),
        `console.log('node', process.version, require('fs').readdirSync('.').join())`,
      )
      const began = performance.now()
      const image = await packImage({ name: 'app:1', app, compression: 'none' })
      const packed = performance.now()
      await loadPackedImage(options.socket, image)
      console.log(
        `app image: packed in ${(packed - began).toFixed(0)} ms, loaded in ${(performance.now() - packed).toFixed(0)} ms`,
      )
      image.remove()
      expect(await runOnce('app', 'app:1')).toEqual({
        exitCode: 0,
        log: expect.stringContaining(`node ${process.version} server.js`),
      })
    })

    test('a folder as the root file system', async () => {
      const rootfs = join(folder, 'rootfs')
      mkdirSync(join(rootfs, 'data'), { recursive: true })
      writeFileSync(join(rootfs, 'data/hello'), 'hello from rootfs')
      const image = await packImage({
        name: 'k8ts.internal/test/root',
        rootfs,
        bin: ['busybox'],
        cmd: ['cat', 'hello'],
        workdir: '/data',
      })
      expect(image.name).toBe('k8ts.internal/test/root:latest')
      expect(await loadImage({ socket: options.socket, archive: image.directory })).toEqual([image.name])
      image.remove()
      expect((await runOnce('rootfs', 'k8ts.internal/test/root')).log).toContain('hello from rootfs')
      await world.runtime.removeImage(image.name)
      expect(await world.runtime.imageStatus(image.name)).toBeUndefined()
    })

    test('a broken archive is one clear error', async () => {
      const archive = join(folder, 'broken.tar')
      writeFileSync(archive, 'this is no tar file')
      await expect(loadImage({ socket: options.socket, archive })).rejects.toThrow(`loading ${archive}: `)
      await expect(loadImage({ socket: options.socket, archive: '/nonesuch' })).rejects.toThrow('no such file')
    })
  })
}
