import { X509Certificate } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../../authn/authenticator.ts'
import { subjectAttribute } from './subject-attribute.ts'

/** Who may sign the certificates of clients. PEM; each may hold several. */
export interface ClientAuthorities {
  /** Of users: `--client-ca-file`. */
  clients?: string
  /** Of front proxies, which name the user in headers: `--requestheader-client-ca-file`. */
  proxies?: string
}

/** Reads the certificate that the client of a connection has shown; undefined: none. */
export function certificateReader({ clients, proxies }: ClientAuthorities) {
  const ofClients = clients === undefined ? [] : certificatesIn(clients)
  const ofProxies = proxies === undefined ? [] : certificatesIn(proxies)

  /** The connection is verified against both lists at once, so where there are two, the signer has to be found. */
  function authorityOf(peer: PeerCertificate): ClientCertificate['authority'] | undefined {
    if (proxies === undefined) return 'clients'
    const chain = chainOf(peer)
    const byClients = ofClients.some((authority) => signs(authority, chain))
    const byProxies = ofProxies.some((authority) => signs(authority, chain))
    if (byClients && byProxies) return 'both'
    if (byProxies) return 'proxies'
    return byClients ? 'clients' : undefined
  }

  return (socket: TLSSocket): ClientCertificate | undefined => {
    if (typeof socket.getPeerCertificate !== 'function') return undefined
    const peer = socket.getPeerCertificate(true)
    if (!peer?.subject) return undefined
    const authority = socket.authorized ? authorityOf(peer) : undefined
    if (authority === undefined) return { ...nobody, problem: problemOf(socket.authorizationError) }
    const subject = peer.subject as { CN?: string | string[]; O?: string | string[] }
    const uid = subjectAttribute(peer.raw, uidAttribute)
    return {
      // Of several common names, the last counts.
      commonName: list(subject.CN).at(-1) ?? '',
      organizations: list(subject.O),
      ...(uid !== undefined && { uid }),
      fingerprint: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
      authority,
    }
  }
}

/** Upstream's own attribute type for the uid of a user. */
const uidAttribute = '1.3.6.1.4.1.57683.2'

const nobody = { commonName: '', organizations: [] }

const problemOf = (error: unknown): string => (error ? String(error) : 'signed by an unknown authority')

const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one))

/** A longer chain is not followed. */
const maxChain = 10

/** The certificates from the client's to the last that is known. */
function chainOf(peer: PeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: PeerCertificate | undefined = peer
  while (next?.raw && chain.length < maxChain) {
    chain.push(new X509Certificate(next.raw))
    const issuer: PeerCertificate | undefined =
      'issuerCertificate' in next ? (next.issuerCertificate as PeerCertificate) : undefined
    next = issuer === next ? undefined : issuer
  }
  return chain
}

const signs = (authority: X509Certificate, chain: X509Certificate[]): boolean =>
  chain.some((certificate) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
