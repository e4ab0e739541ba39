import { createPrivateKey, X509Certificate } from 'node:crypto'

/** What is wrong with a pair of a certificate and its key, as Go's tls.X509KeyPair says it. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  if (!/-----BEGIN CERTIFICATE-----/.test(certificate)) return 'tls: failed to find any PEM data in certificate input'
  if (!/-----BEGIN (.* )?PRIVATE KEY-----/.test(key)) return 'tls: failed to find any PEM data in key input'
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
      ? undefined
      : 'tls: private key does not match public key'
  } catch {
    return 'tls: failed to parse private key'
  }
}
