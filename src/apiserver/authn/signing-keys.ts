import {
  type CryptoKey,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  importPKCS8,
  importSPKI,
  type JWK,
} from 'jose'

export interface SigningKeySource {
  signing(): Promise<{ key: CryptoKey; alg: string; kid: string }>
  /** The keys that may have signed a token: that of its `kid`; all, if it names none that is known. */
  candidates(token: string): Promise<CryptoKey[]>
  published(): Promise<JWK[]>
}

interface Keys {
  key: CryptoKey
  alg: string
  kid: string
  publics: Map<string, { key: CryptoKey; jwk: JWK }>
}

const algorithms = ['ES256', 'ES384', 'ES512', 'RS256']

/** The keys of ServiceAccount tokens, read (or made) on first use, so that the start need not wait for them. */
export function signingKeys(signingPem?: string, verificationPems: readonly string[] = []): SigningKeySource {
  let loading: Promise<Keys> | undefined
  const keys = () => {
    loading ??= load(signingPem, verificationPems)
    return loading
  }
  return {
    signing: keys,
    async candidates(token) {
      const { publics } = await keys()
      const named = publics.get(decodeProtectedHeader(token).kid ?? '')
      return named ? [named.key] : [...publics.values()].map(({ key }) => key)
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
  const key = await importJWK(jwk, alg, { extractable: true })
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key cannot verify tokens')
  const kid = await keyId(key)
  publics.set(kid, { key, jwk: { use: 'sig', ...jwk, kid, alg } })
  return kid
}

/** SHA-256 of the public key in DER, as upstream names it, so that a cluster's tokens stay valid when it changes over. */
async function keyId(key: CryptoKey): Promise<string> {
  const der = Uint8Array.fromBase64((await exportSPKI(key)).replace(/-----[^-]+-----|\s/g, ''))
  const digest = await crypto.subtle.digest('SHA-256', der)
  return new Uint8Array(digest).toBase64({ alphabet: 'base64url', omitPadding: true })
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
  throw new Error('the ServiceAccount key is neither an elliptic curve key of NIST nor an RSA key in PEM')
}

const publicPart = ({ kty, crv, x, y, n, e }: JWK): JWK => ({
  ...(kty && { kty }),
  ...(crv && { crv }),
  ...(x && { x }),
  ...(y && { y }),
  ...(n && { n }),
  ...(e && { e }),
})
