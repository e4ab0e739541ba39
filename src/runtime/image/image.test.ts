import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { afterAll, describe, expect, test } from 'vitest'
import { writeOciArchive } from './archive.ts'
import { readElfNeeds } from './elf-needs.ts'
import { elfNeedsOf, librariesOf } from './libraries.ts'
import { type OciImage, packImage } from './pack.ts'
import { pauseImage } from './pause-image.ts'
import { parseImageName } from './reference.ts'
import { createTree } from './tree.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-image-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('image names', () => {
  test.each([
    ['redis', 'docker.io/library/redis:latest'],
    ['redis:7', 'docker.io/library/redis:7'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/redis:7', 'docker.io/library/redis:7'],
    ['index.docker.io/redis', 'docker.io/library/redis:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:1', 'localhost:5000/app:1'],
    ['ghcr.io/a/b/c', 'ghcr.io/a/b/c:latest'],
    [`redis@sha256:${'a'.repeat(64)}`, `docker.io/library/redis@sha256:${'a'.repeat(64)}`],
    [`redis:7@sha256:${'a'.repeat(64)}`, `docker.io/library/redis:7@sha256:${'a'.repeat(64)}`],
  ])('%s is %s', (name, full) => {
    const { registry, repository, tag, digest } = parseImageName(name)
    expect(`${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`).toBe(full)
  })

  test.each(['', 'Redis', 'redis:', 'redis:a b', 'a//b', '/redis', 'redis@sha256:12', 'redis:1:2', '-redis', 'a@b@c'])(
    '%j is refused',
    (name) => expect(() => parseImageName(name)).toThrow('invalid image name'),
  )
})

describe('a tree', () => {
  const file = { type: 'file', mode: 0o644, content: new Uint8Array() } as const
  test('follows its links, and makes parents', () => {
    const tree = createTree()
    tree.add('/usr/bin', { type: 'directory', mode: 0o755 })
    tree.add('/bin', { type: 'symlink', mode: 0o777, target: 'usr/bin' })
    tree.add('/bin/a', file)
    tree.add('/bin/../etc/./b', file)
    tree.add('/loop', { type: 'symlink', mode: 0o777, target: '/loop' })
    expect(tree.resolve('/bin/sub/x')).toBe('/usr/bin/sub/x')
    expect(tree.has('/usr/bin/a')).toBe(true)
    expect(() => tree.resolve('/loop/x')).not.toThrow()
    // As the kernel has it: `..` is that of the link's target.
    expect(tree.has('/usr/etc/b')).toBe(true)
    expect(tree.layers()[0]?.map(([path]) => path)).toEqual([
      '/bin',
      '/loop',
      '/usr',
      '/usr/bin',
      '/usr/bin/a',
      '/usr/etc',
      '/usr/etc/b',
    ])
  })
  test('a path cannot leave it', () => {
    const tree = createTree()
    tree.add('/../../etc/x', file)
    expect(tree.has('/etc/x')).toBe(true)
  })
})

describe.skipIf(process.platform !== 'linux')('shared libraries', () => {
  test("Node's own are found where they are", () => {
    const libraries = librariesOf(process.execPath)
    expect(
      libraries.map(({ to }) => to).some((path) => /\/libc\.(so\.6|musl)/.test(path) || /ld-musl/.test(path)),
    ).toBe(true)
    for (const { from } of libraries) expect(statSync(from).isFile()).toBe(true)
    const needs = elfNeedsOf(process.execPath)
    expect(libraries.map(({ to }) => to)).toContain(needs?.interpreter)
  })
  test('a script and a broken file need none', () => {
    for (const content of ['#!/bin/sh\n'.repeat(20), 'ELF', ''])
      expect(readElfNeeds((offset, length) => Buffer.from(content).subarray(offset, offset + length))).toBeUndefined()
  })
})

describe('packing', () => {
  const rootfs = join(folder, 'rootfs')
  mkdirSync(join(rootfs, 'usr/lib'), { recursive: true })
  symlinkSync('usr/lib', join(rootfs, 'lib'))
  writeFileSync(join(rootfs, 'usr/lib/data'), 'data', { mode: 0o600 })
  const long = `usr/${'n'.repeat(90)}/${'m'.repeat(90)}`
  mkdirSync(join(rootfs, long, '..'), { recursive: true })
  writeFileSync(join(rootfs, long), 'a long name')
  const options = {
    name: 'test:1',
    rootfs,
    entrypoint: ['/x'],
    cmd: ['y'],
    env: ['A=1'],
    ports: ['80', '53/udp'],
    user: 'web',
    workdir: '/w',
    labels: { l: 'v' },
  }

  test('writes config, manifest and layer', async () => {
    const image = await packImage(options)
    expect(json(image, image.config.digest)).toMatchObject({
      os: 'linux',
      config: {
        User: 'web',
        ExposedPorts: { '80/tcp': {}, '53/udp': {} },
        Env: [expect.stringMatching(/^PATH=/), 'A=1'],
        Entrypoint: ['/x'],
        Cmd: ['y'],
        WorkingDir: '/w',
        Labels: { l: 'v' },
      },
      rootfs: { type: 'layers', diff_ids: [expect.stringMatching(/^sha256:/)] },
    })
    expect(image.layers).toHaveLength(1)
    const files = await untar(gunzipSync(blob(image, image.layers[0]?.digest ?? '')))
    expect(files.get('usr/lib/data')).toEqual({ type: 'file', mode: 0o600, mtime: 0, text: 'data' })
    expect(files.get('lib')).toMatchObject({ type: 'symlink' })
    expect(files.get(long)).toMatchObject({ text: 'a long name' })
    expect(files.get('etc/passwd')?.text).toContain('web:x:1000:1000')
    const index = JSON.parse(readFileSync(join(image.directory, 'index.json'), 'utf8'))
    expect(index.manifests[0]).toMatchObject({
      digest: image.manifest.digest,
      annotations: {
        'io.containerd.image.name': 'docker.io/library/test:1',
        'org.opencontainers.image.ref.name': '1',
      },
    })
    image.remove()
  })

  test('is reproducible; uncompressed layers hold the same', async () => {
    const [one, two, plain] = await Promise.all([
      packImage(options),
      packImage(options),
      packImage({ ...options, compression: 'none' }),
    ])
    expect(one.manifest).toEqual(two.manifest)
    const [layer = { digest: '' }] = plain.layers
    expect(json(one, one.config.digest)).toEqual(json(plain, plain.config.digest))
    expect(gunzipSync(blob(one, one.layers[0]?.digest ?? '')).equals(blob(plain, layer.digest))).toBe(true)
    for (const image of [one, two, plain]) image.remove()
  })

  test('the archive has all that Docker and containerd look for', async () => {
    const image = await pauseImage({ arch: 'arm64' })
    const file = join(folder, 'pause.tar')
    await writeOciArchive(image, file)
    const files = await untar(readFileSync(file))
    expect([...files.keys()].slice(0, 3)).toEqual(['oci-layout', 'index.json', 'manifest.json'])
    const [docker] = JSON.parse(files.get('manifest.json')?.text ?? '')
    expect(docker.RepoTags).toEqual(['k8ts.internal/pause:1'])
    for (const path of [docker.Config, ...docker.Layers]) expect(files.has(path)).toBe(true)
    expect(json(image, image.config.digest)).toMatchObject({ architecture: 'arm64' })
    image.remove()
  })

  test.each([
    [{ bin: ['no-such-program'] }, 'program no-such-program not found'],
    [{ rootfs: '/nonesuch' }, '/nonesuch is not a folder'],
    [{ app: folder }, 'no "main" in package.json'],
    [{ rootfs, ports: ['http'] }, 'invalid port "http"'],
    [{ rootfs, ports: ['70000'] }, 'invalid port "70000"'],
    [{ rootfs, user: 'a b' }, 'invalid user "a b"'],
    [{ rootfs, name: 'BAD' }, 'invalid image name "BAD"'],
  ])('%j is refused', async (more, why) => {
    await expect(packImage({ name: 'x', ...more })).rejects.toThrow(why)
  })
})

const blob = (image: OciImage, digest: string) => readFileSync(join(image.directory, 'blobs', digest.replace(':', '/')))
const json = (image: OciImage, digest: string): unknown => JSON.parse(blob(image, digest).toString())

async function untar(tar: Buffer) {
  const files = new Map<string, { type: string; mode: number; mtime: number; text: string }>()
  const reader = extract()
  Readable.from([tar]).pipe(reader)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name, type, mode, mtime } = entry.header
    files.set(name, { type: type ?? '', mode: mode ?? 0, mtime: Number(mtime), text: Buffer.concat(chunks).toString() })
  }
  return files
}
