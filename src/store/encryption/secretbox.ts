import { randomBytes } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import type { EncryptionKey } from './aes.ts'
import type { Transformer } from './transformer.ts'

const nonceBytes = 24

/** XSalsa20 and Poly1305 as NaCl's secretbox: nonce, tag, ciphertext. */
export function secretbox({ name, secret }: EncryptionKey): Transformer {
  const prefix = `k8s:enc:secretbox:v1:${name}:`
  return {
    prefix,
    mark: prefix,
    encrypt(value) {
      const nonce = randomBytes(nonceBytes)
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(value)])
    },
    decrypt(stored) {
      if (stored.length < nonceBytes) throw new Error('the stored data was shorter than the required size')
      const nonce = stored.subarray(0, nonceBytes)
      return { value: xsalsa20poly1305(secret, nonce).decrypt(stored.subarray(nonceBytes)), mark: prefix }
    },
  }
}
