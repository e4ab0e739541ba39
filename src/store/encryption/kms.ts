import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../api/clock.ts'
import { routinely } from '../../api/routine.ts'
import { openChannel } from '../../grpc/channel.ts'
import { serviceOf } from '../../grpc/client.ts'
import { codecOf } from '../../grpc/codec.ts'
import type { Message } from '../../grpc/schema.ts'
import { openGcm, openWithSeed, sealWithSeed } from './aes.ts'
import { kmsSchema } from './kms-schema.ts'
import type { Transformer } from './transformer.ts'

export interface KmsOptions {
  /** In the prefix of its values. */
  name: string
  /** The path of the plugin's Unix socket. */
  socket: string
  timeoutMs: number
  clock: Clock
}

export interface KmsTransformer extends Transformer {
  /** Whether the plugin answers, and knows its key. @throws Error that says why not */
  check(): Promise<void>
  close(): void
}

type Encrypted = Message<typeof kmsSchema, 'EncryptedObject'>

/** A seed that encrypts values, and how the plugin knows it again. */
interface Seed extends Pick<Encrypted, 'keyId' | 'encryptedDekSource' | 'annotations'> {
  bytes: Uint8Array
}

const seedBytes = 32
const statusMs = 60_000
const maxSeeds = 1000

/**
 * Keys of a key management system (KMS v2): a plugin encrypts a seed once, the server encrypts values with keys derived from
 * it. When the plugin has another key, a new seed is made.
 */
export function kmsTransformer({ name, socket, timeoutMs, clock }: KmsOptions): KmsTransformer {
  const prefix = `k8s:enc:kms:v2:${name}:`
  const channel = openChannel({ socket })
  const service = serviceOf(kmsSchema, 'KeyManagementService', channel)
  const codec = codecOf(kmsSchema, 'EncryptedObject')
  const options = { timeoutMs }
  /** Seeds by what the plugin made of them. */
  const seeds = new Map<string, Promise<Uint8Array>>()
  let current: Seed | undefined
  let making: Promise<Seed> | undefined
  let cancel = () => {}

  async function make(): Promise<Seed> {
    const bytes = randomBytes(seedBytes)
    const { ciphertext, keyId, annotations } = await service.call(
      'Encrypt',
      { plaintext: bytes, uid: randomUUID() },
      options,
    )
    if (!keyId) throw new Error('the KMS plugin names no key')
    const seed: Seed = { bytes, keyId, encryptedDekSource: ciphertext, annotations }
    seeds.set(seedKey(seed), Promise.resolve(bytes))
    current = seed
    cancel()
    cancel = routinely(clock, statusMs, () => void follow())
    return seed
  }

  function made(): Promise<Seed> {
    making ??= make().finally(() => {
      making = undefined
    })
    return making
  }

  /** Looks for another key of the plugin. While it does not answer, the present seed serves. */
  async function follow(): Promise<void> {
    try {
      const { keyId } = await service.call('Status', {}, options)
      if (keyId !== current?.keyId) await made()
    } catch {
      // The next look finds out.
    }
    cancel()
    cancel = routinely(clock, statusMs, () => void follow())
  }

  function seedOf(stored: Encrypted): Promise<Uint8Array> {
    const key = seedKey(stored)
    let seed = seeds.get(key)
    if (!seed) {
      const { encryptedDekSource: ciphertext, keyId, annotations } = stored
      seed = service
        .call('Decrypt', { ciphertext, keyId, annotations, uid: randomUUID() }, options)
        .then(({ plaintext }) => plaintext)
      const [oldest] = seeds.keys()
      if (seeds.size >= maxSeeds && oldest !== undefined) seeds.delete(oldest)
      seeds.set(key, seed)
      seed.catch(() => seeds.delete(key))
    }
    return seed
  }

  const seal = ({ bytes, ...known }: Seed, value: Uint8Array, key: string) =>
    codec.encode({
      ...known,
      encryptedData: sealWithSeed(bytes, value, key),
      encryptedDekSourceType: 'HKDF_SHA256_XNONCE_AES_GCM_SEED',
    })

  return {
    prefix,
    get mark() {
      return current ? prefix + current.keyId : prefix
    },
    encrypt: (value, key) => (current ? seal(current, value, key) : made().then((seed) => seal(seed, value, key))),
    async decrypt(stored, key) {
      const object = codec.decode(stored) as unknown as Encrypted
      const seed = await seedOf(object)
      const open = object.encryptedDekSourceType === 'AES_GCM_KEY' ? openGcm : openWithSeed
      return { value: open(seed, object.encryptedData, key), mark: prefix + object.keyId }
    },
    async check() {
      const { version, healthz, keyId } = await service.call('Status', {}, options)
      if (version !== 'v2' && version !== 'v2beta1') throw new Error(`the KMS plugin speaks ${version}, not v2`)
      if (healthz !== 'ok') throw new Error(`the KMS plugin is not well: ${healthz}`)
      if (!keyId) throw new Error('the KMS plugin names no key')
    },
    close() {
      cancel()
      channel.close()
    },
  }
}

const seedKey = ({ keyId, encryptedDekSource }: Pick<Encrypted, 'keyId' | 'encryptedDekSource'>): string =>
  `${keyId}\n${Buffer.from(encryptedDekSource).toString('base64')}`
