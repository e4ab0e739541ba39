import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  cert: string
  key: string
}

/** Reads the key pair `name` of a folder, or makes it and stores it (key: mode 0600). */
export async function keyPairIn(dir: string, name: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const files = { cert: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) }
  if (existsSync(files.cert) && existsSync(files.key)) {
    return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') }
  }
  const pair = await make()
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(files.key, pair.key, { mode: 0o600 })
  writeFileSync(files.cert, pair.cert)
  return pair
}

/** When a PEM certificate ends, in milliseconds since 1970. */
export const expiryOf = (cert: string): number => new X509Certificate(cert).validToDate.getTime()
