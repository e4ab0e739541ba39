import type { Credentials, RequestAuthenticator } from './authenticator.ts'

/** The headers by which a front proxy names the user: `--requestheader-*`. In lower case. */
export interface RequestHeaderOptions {
  /** Common names of the proxies' certificates. Empty: any that the authority signed. */
  allowedNames: readonly string[]
  /** The first of these that is not empty. */
  usernameHeaders: readonly string[]
  uidHeaders: readonly string[]
  groupHeaders: readonly string[]
  extraHeadersPrefixes: readonly string[]
}

/** Trusts the headers of a front proxy that shows a certificate of the proxies' authority, and of nobody else. */
export const requestHeaderAuthenticator =
  (options: RequestHeaderOptions): RequestAuthenticator =>
  (credentials) => {
    const { certificate } = credentials
    if (!certificate || (certificate.authority !== 'proxies' && certificate.authority !== 'both')) return undefined
    if (certificate.problem !== undefined) throw new Error(`verifying certificate failed: ${certificate.problem}`)
    const { allowedNames } = options
    if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName))
      throw new Error(`x509: subject with cn=${certificate.commonName} is not in the allowed list`)
    const name = firstOf(credentials, options.usernameHeaders)
    if (name === '') return undefined
    const uid = firstOf(credentials, options.uidHeaders)
    const groups = options.groupHeaders.flatMap((header) => credentials.values(header))
    const extra = extraOf(credentials, options.extraHeadersPrefixes)
    return { name, groups, ...(uid !== '' && { uid }), ...(Object.keys(extra).length > 0 && { extra }) }
  }

const firstOf = (credentials: Credentials, headers: readonly string[]): string =>
  headers.map((header) => credentials.values(header)[0] ?? '').find((value) => value !== '') ?? ''

/** The extra attributes of a user in headers that begin with one of `prefixes`; keys are URL-encoded. */
export function extraOf(credentials: Credentials, prefixes: readonly string[]): Record<string, string[]> {
  const extra = new Map<string, string[]>()
  for (const header of Object.keys(credentials.headers)) {
    const prefix = prefixes.find((one) => header.startsWith(one))
    if (prefix === undefined) continue
    const key = decoded(header.slice(prefix.length)).toLowerCase()
    extra.set(key, [...(extra.get(key) ?? []), ...credentials.values(header)])
  }
  return Object.fromEntries(extra)
}

/** A key that is not well encoded stands for itself. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
