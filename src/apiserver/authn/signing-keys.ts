import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  importPKCS8,
  importSPKI,
  type JWK,
} from 'jose'

export interface SigningKeySource {
  signing(): Promise<{ key: CryptoKey; alg: string; kid: string }>
  /** The key of this id; without an id, the only key. Rejects with TypeError if there is none. */
  verifying(kid: string | undefined): Promise<CryptoKey>
  published(): Promise<JWK[]>
}

interface Keys {
  key: CryptoKey
  alg: string
  kid: string
  publics: Map<string, { key: CryptoKey; jwk: JWK }>
}

const algorithms = ['ES256', 'RS256']

/** The keys of ServiceAccount tokens, read (or made) on first use, so that the start need not wait for them. */
export function signingKeys(signingPem?: string, verificationPems: readonly string[] = []): SigningKeySource {
  let loading: Promise<Keys> | undefined
  const keys = () => {
    loading ??= load(signingPem, verificationPems)
    return loading
  }
  return {
    signing: keys,
    async verifying(kid) {
      const { publics } = await keys()
      const found = kid === undefined && publics.size === 1 ? [...publics.values()][0] : publics.get(kid ?? '')
      if (!found) throw new TypeError('the key of this token is not known')
      return found.key
    },
    published: async () => [...(await keys()).publics.values()].map(({ jwk }) => jwk),
  }
}

async function load(signingPem: string | undefined, verificationPems: readonly string[]): Promise<Keys> {
  const { key, alg } = signingPem === undefined ? await generated() : await firstThatFits(signingPem, importPKCS8)
  const publics: Keys['publics'] = new Map()
  const kid = await publish(publics, publicPart(await exportJWK(key)), alg)
  for (const pem of verificationPems) {
    const other = await firstThatFits(pem, importSPKI)
    await publish(publics, await exportJWK(other.key), other.alg)
  }
  return { key, alg, kid, publics }
}

async function publish(publics: Keys['publics'], jwk: JWK, alg: string): Promise<string> {
  const kid = await calculateJwkThumbprint(jwk)
  const key = await importJWK(jwk, alg)
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key cannot verify tokens')
  publics.set(kid, { key, jwk: { ...jwk, kid, alg, use: 'sig' } })
  return kid
}

async function generated(): Promise<{ key: CryptoKey; alg: string }> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { key: privateKey, alg: 'ES256' }
}

/** A PEM does not name its algorithm; an import with the wrong one fails. */
async function firstThatFits(
  pem: string,
  importKey: (pem: string, alg: string, options: { extractable: boolean }) => Promise<CryptoKey>,
): Promise<{ key: CryptoKey; alg: string }> {
  for (const alg of algorithms) {
    try {
      return { key: await importKey(pem, alg, { extractable: true }), alg }
    } catch {
      // the next one
    }
  }
  throw new Error('the ServiceAccount key is neither a P-256 nor an RSA key in PEM')
}

const publicPart = ({ kty, crv, x, y, n, e }: JWK): JWK => ({
  ...(kty && { kty }),
  ...(crv && { crv }),
  ...(x && { x }),
  ...(y && { y }),
  ...(n && { n }),
  ...(e && { e }),
})
