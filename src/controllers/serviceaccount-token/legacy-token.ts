import type { CryptoKey } from 'jose'
import type { ServiceAccount } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

const algorithms = ['ES256', 'ES384', 'ES512', 'RS256']

/** Makes tokens that do not expire for ServiceAccounts. `pem`: PKCS #8. The key is read when the first is asked for. */
export function legacyTokens(pem: string): (account: Stored<ServiceAccount>, secret: string) => Promise<string> {
  let key: Promise<{ key: CryptoKey; alg: string }> | undefined
  return async ({ metadata: { namespace = '', name, uid } }, secret) => {
    const { SignJWT } = await import('jose')
    key ??= keyIn(pem)
    const signing = await key
    const claim = (part: string) => `kubernetes.io/serviceaccount/${part}`
    return new SignJWT({
      [claim('namespace')]: namespace,
      [claim('secret.name')]: secret,
      [claim('service-account.name')]: name,
      [claim('service-account.uid')]: uid,
    })
      .setProtectedHeader({ alg: signing.alg })
      .setIssuer('kubernetes/serviceaccount')
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .sign(signing.key)
  }
}

/** A PEM does not name its algorithm; an import with the wrong one fails. */
async function keyIn(pem: string): Promise<{ key: CryptoKey; alg: string }> {
  const { importPKCS8 } = await import('jose')
  for (const alg of algorithms) {
    try {
      return { key: await importPKCS8(pem, alg), alg }
    } catch {
      // the next one
    }
  }
  throw new Error('the ServiceAccount key is neither an elliptic curve key of NIST nor an RSA key in PEM')
}
