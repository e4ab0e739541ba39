import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { storeContract } from '../../../test/support/store/contract.ts'
import { bytes, put, recorder, text } from '../../../test/support/store/recorder.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { memoryStore } from '../memory.ts'
import type { Store } from '../store.ts'
import { aesCbc, aesGcm } from './aes.ts'
import { encryptedStore } from './encrypted-store.ts'
import { secretbox } from './secretbox.ts'
import { identity, type Transformer } from './transformer.ts'

const key1 = { name: 'key1', secret: new Uint8Array(32).fill(7) }
const key2 = { name: 'key2', secret: new Uint8Array(32).fill(9) }
const plain = '/registry/secrets/default/a'

/** Answers later, as a key management system does. */
const slow = (inner: Transformer): Transformer => ({
  ...inner,
  encrypt: async (value, key) => inner.encrypt(value, key),
  decrypt: async (stored, key) => inner.decrypt(stored, key),
})

const kinds: [string, (key: typeof key1) => Transformer][] = [
  ['aescbc', aesCbc],
  ['aesgcm', aesGcm],
  ['secretbox', secretbox],
]

describe.each([...kinds.map(([name, make]) => [name, make(key1)] as const), ['slow', slow(aesGcm(key1))] as const])(
  'a store behind %s',
  (name, transformer) => {
    storeContract(
      async () => {
        const clock = virtualClock()
        const store = encryptedStore(memoryStore({ clock }), () => [transformer])
        return { store, elapse: (ms) => clock.advance(ms), close: () => store.close() }
      },
      { runs: name === 'slow' ? 10 : 20 },
    )
  },
)

/** The same memory with other keys. */
function twoViews(writers: () => readonly Transformer[] | undefined) {
  const inner = memoryStore({ clock: virtualClock() })
  const whole = encryptedStore(inner, writers)
  const raw = async (key = plain) => Buffer.from((await inner.get(key))?.value ?? [])
  return { inner, whole, raw }
}

test.each(kinds)('%s: what is stored begins with the key, and is not readable', async (name, make) => {
  const { whole, raw } = twoViews(() => [make(key1)])
  await put(whole, plain, 'a password', 0)
  const stored = (await raw()).toString('latin1')
  expect(stored.startsWith(`k8s:enc:${name}:v1:key1:`)).toBe(true)
  expect(stored).not.toContain('password')
  expect(text((await whole.get(plain))?.value)).toBe('a password')
})

test.each(kinds)('%s: a value that was touched, or is of another key, is not read', async (_, make) => {
  let transformers = [make(key1)]
  const { inner, whole, raw } = twoViews(() => transformers)
  await put(whole, plain, 'a secret of some length, so that it takes blocks', 0)
  const stored = await raw()
  stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ 0xff
  const entry = await inner.get(plain)
  await inner.put(plain, stored, entry?.revision ?? 0)
  await expect(whole.get(plain)).rejects.toThrow(`${plain}: unable to transform the stored value`)
  transformers = [make(key2)]
  await expect(whole.get(plain)).rejects.toThrow('no matching prefix found')
  transformers = [{ ...make(key2), prefix: make(key1).prefix }]
  await expect(whole.get(plain)).rejects.toThrow('unable to transform the stored value')
})

test('an authenticated value is bound to its key in the store', async () => {
  const { inner, whole, raw } = twoViews(() => [aesGcm(key1)])
  await put(whole, plain, 'mine', 0)
  await inner.put('/registry/secrets/default/b', await raw(), 0)
  await expect(whole.get('/registry/secrets/default/b')).rejects.toThrow('unable to transform')
})

test('the forms are upstream’s: bytes that were made elsewhere are read', async () => {
  const inner = memoryStore({ clock: virtualClock() })
  const nonce = Buffer.alloc(12, 1)
  const cipher = createCipheriv('aes-256-gcm', key1.secret, nonce).setAAD(Buffer.from(`/team-a${plain}`))
  const body = Buffer.concat([cipher.update('{"kind":"Secret"}'), cipher.final()])
  const value = Buffer.concat([Buffer.from('k8s:enc:aesgcm:v1:key1:'), nonce, body, cipher.getAuthTag()])
  await inner.put(plain, value, 0)
  const whole = encryptedStore(inner, () => [aesGcm(key1)], '/team-a')
  expect(text((await whole.get(plain))?.value)).toBe('{"kind":"Secret"}')

  // Known answer of NaCl's crypto_secretbox, from its own tests (tests/secretbox.c).
  const hex = (digits: string) => Uint8Array.from(Buffer.from(digits.replace(/\s/g, ''), 'hex'))
  const secret = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389')
  const boxNonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37')
  const boxed = hex(`f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
    c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
    90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74
    e355a5`)
  const message = secretbox({ name: 'k', secret }).decrypt(Buffer.concat([boxNonce, boxed]), plain)
  expect(Buffer.from((message as { value: Uint8Array }).value).toString('hex')).toMatch(
    /^be075fc53c81f2d5cf141316ebeb0c7b/,
  )
})

test('keys are changed step by step, and a value is stale until it is written anew', async () => {
  let transformers: readonly Transformer[] | undefined
  const { whole, raw } = twoViews(() => transformers)
  let revision = await put(whole, plain, 'one', 0)
  transformers = [aesCbc(key1), identity]
  expect(text((await whole.get(plain))?.value)).toBe('one')
  expect(whole.isStale?.(plain)).toBe(true)
  revision = await put(whole, plain, 'one', revision)
  expect(whole.isStale?.(plain)).toBe(false)
  expect((await raw()).toString('latin1')).toMatch(/^k8s:enc:aescbc:v1:key1:/)
  transformers = [aesCbc(key2), aesCbc(key1), identity]
  expect(whole.isStale?.(plain)).toBe(true)
  revision = await put(whole, plain, 'one', revision)
  transformers = [identity, aesCbc(key2)]
  expect(text((await whole.get(plain))?.value)).toBe('one')
  revision = await put(whole, plain, 'one', revision)
  expect((await raw()).toString()).toBe('one')
  transformers = [aesCbc(key1)]
  await expect(whole.get(plain)).rejects.toThrow('no matching prefix found')
})

test('without keys an encrypted value is an error, not an object', async () => {
  let transformers: readonly Transformer[] | undefined = [aesCbc(key1)]
  const { whole } = twoViews(() => transformers)
  await put(whole, plain, 'one', 0)
  transformers = undefined
  await expect(whole.get(plain)).rejects.toThrow('identity transformer tried to read encrypted data')
})

test('a watch keeps the order of events that have to wait, and ends at a value that it cannot read', async () => {
  const inner: Store = memoryStore({ clock: virtualClock() })
  const waiting: (() => void)[] = []
  const gated: Transformer = {
    ...aesGcm(key1),
    decrypt: async (stored, key) => {
      if (key.endsWith('/slow')) await new Promise<void>((resolve) => waiting.push(resolve))
      return aesGcm(key1).decrypt(stored, key)
    },
  }
  const whole = encryptedStore(inner, () => [gated])
  const seen = recorder()
  whole.watch('/registry/', 1, seen)
  await put(whole, '/registry/secrets/default/slow', 'first', 0)
  await put(whole, '/registry/secrets/default/quick', 'second', 0)
  expect(seen.list).toEqual([])
  for (const go of waiting) go()
  await expect.poll(() => seen.list.map(({ value }) => text(value))).toEqual(['first', 'second'])
  await inner.put('/registry/secrets/default/bad', bytes('k8s:enc:aesgcm:v1:key1:rubbish, and much of it, at that'), 0)
  await expect.poll(() => seen.errors.map(({ message }) => message)).toEqual([expect.stringContaining('/bad: unable')])
})
