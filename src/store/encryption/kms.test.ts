import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { definitionOf } from '../../../test/support/grpc/definition.ts'
import { put, text } from '../../../test/support/store/recorder.ts'
import { codecOf } from '../../grpc/codec.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { memoryStore } from '../memory.ts'
import { openWithSeed, sealWithSeed } from './aes.ts'
import { encryptedStore } from './encrypted-store.ts'
import { type KmsTransformer, kmsTransformer } from './kms.ts'
import { kmsSchema } from './kms-schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-kms-'))
const socket = join(folder, 'kms.sock')
const opened: KmsTransformer[] = []
let plugin: Server
/** The plugin's keys by id; the last is in use. */
let keys: Map<string, Buffer>
let calls: string[]
let healthz = 'ok'

const newest = () => [...keys.keys()].at(-1) ?? ''

interface Asked {
  plaintext: Buffer
  ciphertext: Buffer
  keyId: string
  annotations: { key: string; value: Buffer }[]
}
const answers: Record<string, (request: Asked) => object> = {
  Status: () => ({ version: 'v2', healthz, keyId: newest() }),
  Encrypt({ plaintext }) {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-ctr', keys.get(newest()) ?? '', iv)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return { ciphertext, keyId: newest(), annotations: [{ key: 'iv.example.com', value: iv }] }
  },
  Decrypt({ ciphertext, keyId, annotations }) {
    const key = keys.get(keyId)
    if (!key) throw new Error(`no key ${keyId}`)
    const decipher = createDecipheriv('aes-256-ctr', key, annotations[0]?.value ?? '')
    return { plaintext: Buffer.concat([decipher.update(ciphertext), decipher.final()]) }
  },
}

beforeEach(async () => {
  keys = new Map([['k1', randomBytes(32)]])
  calls = []
  healthz = 'ok'
  plugin = new Server()
  const loaded = loadPackageDefinition(definitionOf(kmsSchema)) as unknown as {
    v2: { KeyManagementService: { service: ServiceDefinition } }
  }
  const methods = Object.entries(answers).map(([name, answer]) => [
    name,
    (call: { request: Asked }, done: (error: unknown, response?: object) => void) => {
      calls.push(name)
      try {
        done(null, answer(call.request))
      } catch (error) {
        done({ code: 2, details: String(error) })
      }
    },
  ])
  plugin.addService(loaded.v2.KeyManagementService.service, Object.fromEntries(methods))
  await new Promise<void>((resolve, reject) =>
    plugin.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  )
})
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
  plugin.forceShutdown()
  rmSync(socket, { force: true })
})

afterAll(() => rmSync(folder, { recursive: true }))

function view(inner = memoryStore({ clock: virtualClock() }), clock = virtualClock()) {
  const kms = kmsTransformer({ name: 'vault', socket, timeoutMs: 3000, clock })
  opened.push(kms)
  return { inner, clock, kms, store: encryptedStore(inner, () => [kms]) }
}
const at = (name: string) => `/registry/secrets/default/${name}`

test('the plugin encrypts one seed, the server all values', async () => {
  const { inner, store } = view()
  for (const name of ['a', 'b', 'c']) await put(store, at(name), `secret of ${name}`, 0)
  expect(calls).toEqual(['Encrypt'])
  const stored = Buffer.from((await inner.get(at('a')))?.value ?? [])
  const prefix = 'k8s:enc:kms:v2:vault:'
  expect(stored.toString('latin1').startsWith(prefix)).toBe(true)
  expect(codecOf(kmsSchema, 'EncryptedObject').decode(stored.subarray(prefix.length))).toMatchObject({
    keyId: 'k1',
    encryptedDekSourceType: 'HKDF_SHA256_XNONCE_AES_GCM_SEED',
    annotations: [{ key: 'iv.example.com' }],
  })
  expect(text((await store.get(at('a')))?.value)).toBe('secret of a')
  expect(calls).toEqual(['Encrypt'])

  const later = view(inner)
  const { entries } = await later.store.list('/registry/')
  expect(entries.map(({ value }) => text(value))).toEqual(['secret of a', 'secret of b', 'secret of c'])
  expect(calls).toEqual(['Encrypt', 'Decrypt'])
})

test('with a new key of the plugin, values are stale until they are written anew', async () => {
  const { store, clock } = view()
  const revision = await put(store, at('a'), 'a', 0)
  keys.set('k2', randomBytes(32))
  await clock.advance('1m')
  await expect.poll(() => store.isStale?.(at('a'))).toBe(true)
  await put(store, at('a'), 'a', revision)
  expect(store.isStale?.(at('a'))).toBe(false)
  expect(text((await store.get(at('a')))?.value)).toBe('a')
})

test('without its plugin a server reads nothing that is new to it, and is not ready', async () => {
  const { inner, store, kms } = view()
  await put(store, at('a'), 'a', 0)
  await kms.check()
  healthz = 'sealed'
  await expect(kms.check()).rejects.toThrow('the KMS plugin is not well: sealed')
  keys.clear()
  await expect(view(inner).store.get(at('a'))).rejects.toThrow('no key k1')
  expect(text((await store.get(at('a')))?.value)).toBe('a')
})

test('keys derived from a seed differ from value to value', () => {
  const seed = Buffer.alloc(32, 3)
  const sealed = sealWithSeed(seed, Buffer.from('x'), 'k')
  expect(openWithSeed(seed, sealed, 'k').toString()).toBe('x')
  expect(sealWithSeed(seed, Buffer.from('x'), 'k').subarray(0, 32)).not.toEqual(sealed.subarray(0, 32))
  expect(() => openWithSeed(seed, sealed, 'other')).toThrow()
  expect(() => openWithSeed(Buffer.alloc(32, 4), sealed, 'k')).toThrow()
})
