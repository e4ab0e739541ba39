const systemErrors: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
}

const unknownAuthority = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'

const brokenErrors: Record<string, string> = {
  ECONNRESET: 'EOF',
  EPIPE: 'write: broken pipe',
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
}

/** Why a request to an address got no answer, in the words of Go's HTTP client, which clients of the API match on. */
export function dialError(error: unknown, { host, port }: { host: string; port: number }): string {
  const { code = '', message, errors } = error as { code?: string; message?: string; errors?: unknown[] }
  if (errors?.[0] && code) return dialError(errors[0], { host, port })
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: no such host`
  const dialed = systemErrors[code]
  if (dialed) return `dial tcp ${address}: ${dialed}`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${message}`
  return brokenErrors[code] ?? message ?? String(error)
}
