import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

export interface TestCertificates {
  ca: string
  server: Pair
  /** A certificate for a server of these names. */
  serverOf(...dnsNames: string[]): Promise<Pair>
  /** A certificate for a client: `client('system:admin', ['system:masters'])`. */
  client(commonName: string, organizations?: string[]): Promise<Pair>
}

/** PEM */
export interface Pair {
  key: string
  cert: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 24 * 3600 * 1000

/** An authority and certificates for a server on the loopback addresses, for tests. */
export async function testCertificates(name = 'test-ca'): Promise<TestCertificates> {
  const caKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })

  async function issue(subject: x509.JsonName, extensions: x509.Extension[]): Promise<Pair> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.create({
      subject: new x509.Name(subject),
      issuer: ca.subject,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + dayMs),
      signingKey: caKeys.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: algorithm,
      extensions,
    })
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
    return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: certificate.toString('pem') }
  }

  const serving = (commonName: string, names: x509.JsonGeneralNames) =>
    issue(
      [{ CN: [commonName] }],
      [
        new x509.SubjectAlternativeNameExtension(names),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ],
    )
  const server = await serving('kube-apiserver', [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ])
  return {
    ca: ca.toString('pem'),
    server,
    serverOf: (...dnsNames) =>
      serving(
        dnsNames[0] ?? '',
        dnsNames.map((value) => ({ type: 'dns', value })),
      ),
    client: (commonName, organizations = []) =>
      issue(
        [...organizations.map((O) => ({ O: [O] })), { CN: [commonName] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      ),
  }
}
