import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { Transformer } from './transformer.ts'

/** A named key of a provider. AES: 16, 24 or 32 bytes; secretbox: 32. */
export interface EncryptionKey {
  name: string
  secret: Uint8Array
}

const cbcBlock = 16
const nonceBytes = 12
const tagBytes = 16

/** AES-CBC with PKCS #7 padding: IV, ciphertext. Not authenticated. */
export function aesCbc({ name, secret }: EncryptionKey): Transformer {
  const algorithm = `aes-${secret.length * 8}-cbc`
  const prefix = `k8s:enc:aescbc:v1:${name}:`
  return {
    prefix,
    mark: prefix,
    encrypt(value) {
      const iv = randomBytes(cbcBlock)
      const cipher = createCipheriv(algorithm, secret, iv)
      return Buffer.concat([iv, cipher.update(value), cipher.final()])
    },
    decrypt(stored) {
      if (stored.length < cbcBlock * 2 || stored.length % cbcBlock !== 0)
        throw new Error('the stored data is not a whole number of blocks')
      const decipher = createDecipheriv(algorithm, secret, stored.subarray(0, cbcBlock))
      return { value: Buffer.concat([decipher.update(stored.subarray(cbcBlock)), decipher.final()]), mark: prefix }
    },
  }
}

/** AES-GCM with a random nonce: nonce, ciphertext, tag; bound to the key of the value. */
export function aesGcm({ name, secret }: EncryptionKey): Transformer {
  const prefix = `k8s:enc:aesgcm:v1:${name}:`
  return {
    prefix,
    mark: prefix,
    encrypt: (value, key) => sealGcm(secret, value, key),
    decrypt: (stored, key) => ({ value: openGcm(secret, stored, key), mark: prefix }),
  }
}

function sealGcm(secret: Uint8Array, value: Uint8Array, key: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(`aes-${secret.length * 8}-gcm` as 'aes-256-gcm', secret, nonce)
  cipher.setAAD(Buffer.from(key))
  return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error when the value is not of this secret, or of another key */
export function openGcm(secret: Uint8Array, stored: Uint8Array, key: string): Buffer {
  if (stored.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size')
  const decipher = createDecipheriv(
    `aes-${secret.length * 8}-gcm` as 'aes-256-gcm',
    secret,
    stored.subarray(0, nonceBytes),
    { authTagLength: tagBytes },
  )
  decipher.setAAD(Buffer.from(key))
  decipher.setAuthTag(stored.subarray(stored.length - tagBytes))
  const body = stored.subarray(nonceBytes, stored.length - tagBytes)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

const infoBytes = 32

/**
 * AES-GCM with a key of its own for every value, derived from a seed by HKDF-Expand with random information before the value.
 * A seed may encrypt any number of values.
 */
export function sealWithSeed(seed: Uint8Array, value: Uint8Array, key: string): Buffer {
  const info = randomBytes(infoBytes)
  return Buffer.concat([info, sealGcm(derived(seed, info), value, key)])
}

/** @throws Error when the value is not of this seed */
export function openWithSeed(seed: Uint8Array, stored: Uint8Array, key: string): Buffer {
  if (stored.length < infoBytes) throw new Error('the stored data was shorter than the required size')
  const info = stored.subarray(0, infoBytes)
  return openGcm(derived(seed, info), stored.subarray(infoBytes), key)
}

/** The first block of HKDF-Expand with SHA-256 (RFC 5869), which is as long as the key. */
const derived = (seed: Uint8Array, info: Uint8Array): Buffer =>
  createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest()
