import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type GeneralNameType,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { KeyPair } from './key-pair.ts'

export type { KeyPair }

cryptoProvider.set(crypto)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 24 * 3600_000
const caDays = 3650
const certificateDays = 365

/** Who a certificate is for: the API server reads the user name from CN and the groups from O. */
export interface CertificateRequest {
  commonName: string
  organizations?: string[]
  dnsNames?: string[]
  ips?: string[]
  usage: ('client' | 'server')[]
}

/** A certificate authority whose key is at hand. */
export class CertificateAuthority {
  readonly pair: KeyPair
  readonly #certificate: X509Certificate
  readonly #key: CryptoKey

  private constructor(pair: KeyPair, key: CryptoKey) {
    this.pair = pair
    this.#certificate = new X509Certificate(pair.cert)
    this.#key = key
  }

  static async create(commonName: string, now: number): Promise<CertificateAuthority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      notBefore: new Date(now - 3600_000),
      notAfter: new Date(now + caDays * day),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(
          KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature,
          true,
        ),
      ],
    })
    return new CertificateAuthority({ cert: pem(certificate), key: await privatePem(keys.privateKey) }, keys.privateKey)
  }

  static async load(pair: KeyPair): Promise<CertificateAuthority> {
    const key = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pair.key), algorithm, true, ['sign'])
    return new CertificateAuthority(pair, key)
  }

  /** A new key and a certificate for it, valid for a year. */
  async issue(request: CertificateRequest, now: number): Promise<KeyPair> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const names: { type: GeneralNameType; value: string }[] = [
      ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(request.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
    ]
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [...(request.organizations ?? []).map((O) => ({ O: [O] })), { CN: [request.commonName] }],
      issuer: this.#certificate.subject,
      notBefore: new Date(now - 3600_000),
      notAfter: new Date(now + certificateDays * day),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension(
          request.usage.map((use) => (use === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth)),
        ),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
      ],
    })
    return { cert: pem(certificate), key: await privatePem(keys.privateKey) }
  }
}

/** A key pair for signing ServiceAccount tokens: PKCS#8 and SPKI PEM. */
export async function createSigningKey(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const spki = await crypto.subtle.exportKey('spki', keys.publicKey)
  return { privateKey: await privatePem(keys.privateKey), publicKey: PemConverter.encode(spki, 'PUBLIC KEY') }
}

const pem = (certificate: X509Certificate) => `${certificate.toString('pem')}\n`

async function privatePem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

/** 128 random bits, positive. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return Buffer.from(bytes).toString('hex')
}
