import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pod } from '../../src/api/core/v1/index.ts'
import { type OciImage, packImage } from '../../src/runtime/image/pack.ts'
import { containerCluster, eventually, noContainers } from './support.ts'

/** Images come from a registry as imagePullPolicy and imagePullSecrets say. */
describe.skipIf(noContainers)('a registry', () => {
  const cluster = containerCluster('registry')
  const { k, apply } = cluster
  const password = randomBytes(12).toString('hex')
  const registry = ociRegistry({ private: `puller:${password}` })
  let image: OciImage
  let host = ''

  const podOf = (name: string, reference: string, imagePullPolicy?: string, secret?: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...(secret && { imagePullSecrets: [{ name: secret }] }),
      containers: [
        {
          name: 'main',
          image: `${host}/${reference}`,
          ...(imagePullPolicy && { imagePullPolicy }),
          command: ['sh', '-c', 'trap exit TERM; sleep 1000000 & wait'],
        },
      ],
    },
  })
  const ready = (name: string) => k(`wait --for=condition=Ready --timeout=60s pod/${name}`)
  const get = async (name: string): Promise<Pod> => JSON.parse(await k(`get pod ${name} -o json`))
  const events = (name: string) =>
    k(`get events --field-selector involvedObject.name=${name} -o`, [
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    ])
  const waits = (name: string, reason: string) =>
    eventually(`${name} waits: ${reason}`, async () => {
      const waiting = (await get(name)).status?.containerStatuses?.[0]?.state?.waiting
      if (waiting?.reason === reason) return waiting.message ?? ''
      throw new Error(JSON.stringify(waiting))
    })

  beforeAll(async () => {
    ;[image] = await Promise.all([packImage({ name: 'app:1', bin: ['/bin/busybox'] }), cluster.up()])
    registry.serve('app', image)
    registry.serve('private/app', image)
    host = `127.0.0.1:${await registry.listen()}`
    const docker = (user: string, secret: string) =>
      Buffer.from(JSON.stringify({ auths: { [host]: { username: user, password: secret } } })).toString('base64')
    const pullSecret = (name: string, user: string, secret: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: { name },
      data: { '.dockerconfigjson': docker(user, secret) },
    })
    await apply([pullSecret('right', 'puller', password), pullSecret('wrong', 'puller', 'guess')])
  })
  afterAll(async () => {
    await cluster.down()
    await registry.close()
    image?.remove()
  })

  test('an image that is not there is pulled', async () => {
    await apply([podOf('first', 'app:1')])
    await ready('first')
    const status = (await get('first')).status?.containerStatuses?.[0]
    expect(status?.image).toBe(`${host}/app:1`)
    expect(status?.imageID).toContain('sha256:')
    expect((await get('first')).spec?.containers?.[0]?.imagePullPolicy).toBe('IfNotPresent')
    const said = await events('first')
    expect(said).toContain(`Pulling: Pulling image "${host}/app:1"`)
    expect(said).toMatch(
      /Pulled: Successfully pulled image "\S+" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\./,
    )
    expect(registry.asked.some((line) => line === 'GET blob')).toBe(true)
  })

  test('IfNotPresent asks the registry no more, Always asks it each time for the manifest', async () => {
    registry.asked.length = 0
    await apply([podOf('present', 'app:1', 'IfNotPresent')])
    await ready('present')
    expect(registry.asked).toEqual([])
    await apply([podOf('always', 'app:1', 'Always')])
    await ready('always')
    expect(registry.asked).toContain('HEAD app:1')
    expect(registry.asked).not.toContain('GET blob')
    expect(await events('always')).toContain('Pulled: Successfully pulled image')
  })

  test('by digest', async () => {
    await apply([podOf('digest', `app@${image.manifest.digest}`)])
    await ready('digest')
    expect((await get('digest')).status?.containerStatuses?.[0]?.imageID).toContain('sha256:')
  })

  test('a tag that does not exist', async () => {
    await apply([podOf('missing', 'app:2')])
    expect(await waits('missing', 'ImagePullBackOff')).toMatch(
      new RegExp(`^Back-off pulling image "${host}/app:2": ErrImagePull: .*not found`),
    )
    const said = await events('missing')
    expect(said).toMatch(/Failed: Failed to pull image "\S+app:2": .*not found/)
    expect(said).toContain('Failed: Error: ErrImagePull')
    expect(said).toContain(`BackOff: Back-off pulling image "${host}/app:2"`)
    registry.serve('app', image, '2')
    await ready('missing')
  })

  test('imagePullSecrets: the right one is let in, a wrong one and none are not', async () => {
    await apply([
      podOf('stranger', 'private/app:1'),
      podOf('guesser', 'private/app:1', undefined, 'wrong'),
      podOf('nobody', 'private/app:1', undefined, 'no-such-secret'),
    ])
    for (const name of ['stranger', 'guesser', 'nobody'])
      expect(await waits(name, 'ImagePullBackOff')).toMatch(/401 Unauthorized|authorization failed/)
    await apply([podOf('friend', 'private/app:1', undefined, 'right')])
    await ready('friend')
  })

  test('a ServiceAccount brings its imagePullSecrets along', async () => {
    await k('patch serviceaccount default -p', ['{"imagePullSecrets":[{"name":"right"}]}'])
    await eventually('a pod gets it', async () => {
      await apply([podOf('account', 'private/app:1', 'Always')])
      const { imagePullSecrets } = (await get('account')).spec ?? {}
      if (imagePullSecrets?.[0]?.name === 'right') return true
      await k('delete pod account --now')
      return false
    })
    await ready('account')
  })
})

/** The reading half of the OCI distribution protocol; repositories under a name in `locked` want that user and password. */
function ociRegistry(locked: Record<string, string>) {
  const tags = new Map<string, OciImage>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const fail = (status: number, code: string, more: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...more })
        .end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }))
    if (/^\/v2\/?$/.test(url)) return void response.writeHead(200).end('{}')
    const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
    asked.push(`${method} ${kind === 'blobs' ? 'blob' : `${name}:${reference}`}`)
    const credentials = locked[name.split('/')[0] ?? '']
    if (credentials && headers.authorization !== `Basic ${Buffer.from(credentials).toString('base64')}`)
      return void fail(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="test"' })
    const images = [...tags].filter(([tag]) => tag.startsWith(`${name}:`)).map(([, image]) => image)
    const digest = reference.startsWith('sha256:') ? reference : tags.get(`${name}:${reference}`)?.manifest.digest
    const file = images
      .map(({ directory }) => join(directory, 'blobs', digest?.replace(':', '/') ?? 'none'))
      .find((path) => existsSync(path))
    if (!file || !digest) return void fail(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN')
    response.writeHead(200, {
      'content-type': kind === 'blobs' ? 'application/octet-stream' : JSON.parse(readFileSync(file, 'utf8')).mediaType,
      'content-length': statSync(file).size,
      'docker-content-digest': digest,
    })
    if (method === 'HEAD') response.end()
    else createReadStream(file).pipe(response)
  })
  return {
    asked,
    serve: (name: string, image: OciImage, tag = '1') => void tags.set(`${name}:${tag}`, image),
    listen: () =>
      new Promise<number>((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
      ),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  }
}
