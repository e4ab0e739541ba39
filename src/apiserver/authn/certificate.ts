import type { UserInfo } from '../../api/call.ts'
import { authenticated, type ClientCertificate, type RequestAuthenticator } from './authenticator.ts'

/** Client certificates: the common name is the user, organizations are groups. */
export function certificateAuthenticator(): RequestAuthenticator {
  // One user a connection, so that later stages can keep what they find out about it.
  const users = new WeakMap<ClientCertificate, UserInfo>()
  return ({ certificate }) => {
    if (!certificate) return undefined
    const problem = certificate.authority === 'proxies' ? 'signed by an unknown authority' : certificate.problem
    if (problem !== undefined) throw new Error(`verifying certificate failed: ${problem}`)
    const known = users.get(certificate)
    if (known || !certificate.commonName) return known
    const user = authenticated(userOf(certificate))
    users.set(certificate, user)
    return user
  }
}

const userOf = ({ commonName, organizations, uid, fingerprint }: ClientCertificate): UserInfo => ({
  name: commonName,
  groups: organizations,
  ...(uid !== undefined && { uid }),
  ...(fingerprint && { extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } }),
})
