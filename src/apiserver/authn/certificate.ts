import type { Authenticator } from './authenticator.ts'

/** Client certificates: the common name is the user, organizations are groups. */
export const certificateAuthenticator: Authenticator = {
  authenticate({ certificate }) {
    if (!certificate?.commonName) return undefined
    return { name: certificate.commonName, groups: certificate.organizations }
  },
}
