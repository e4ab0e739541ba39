import { createPrivateKey, createPublicKey } from 'node:crypto'
import { UserError } from '../../cluster/user-error.ts'
import { fileOf } from '../flags.ts'

/** A private key of any PEM form, as PKCS #8. */
export function privateKeyIn(flag: string, file: string): string {
  const text = fileOf(flag, file)
  try {
    return createPrivateKey(text).export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch (error) {
    throw new UserError(`${flag} ${file}: it holds no private key (${(error as Error).message})`)
  }
}

/** The public keys of a PEM file, those of certificates and private keys too, as SPKI. */
export function publicKeysIn(flag: string, file: string): string[] {
  const blocks = fileOf(flag, file).match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []
  if (blocks.length === 0) throw new UserError(`${flag} ${file}: it holds no key in PEM form`)
  try {
    return blocks.map((block) => createPublicKey(block).export({ type: 'spki', format: 'pem' }).toString())
  } catch (error) {
    throw new UserError(`${flag} ${file}: it holds no public key (${(error as Error).message})`)
  }
}
